/*
 * JSON strings, RFC 8259 section 7: the escapes, and pairs of surrogates for what lies beyond the
 * basic plane.
 */
#include "steps/spec_lines_string.h"

#include <stdint.h>
#include <string.h>

const char *spec_lines_string_end(const char *start, const char *end)
{
    for (const char *at = start + 1; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\' && at + 1 < end)
            at++;
    }
    return end;
}

/* Four hex digits, or -1. */
static int32_t read_hex(const char *at, const char *end)
{
    static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
    int32_t value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digit = at[i] == '\0' ? NULL : strchr(digits, at[i]);
        if (digit == NULL)
            return -1;
        value = value * 16 + (int32_t)((digit - digits) / 2);
    }
    return value;
}

static char *put_utf8(char *out, int32_t point)
{
    if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
        *out++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    }
    return out;
}

/* *at is behind "\u". Reads one code point, of two escapes when the first is a high surrogate. */
static char *decode_unicode(const char **at, const char *end, char *out)
{
    int32_t point = read_hex(*at, end);
    if (point <= 0) {
        *out++ = 'u';
        return out;
    }
    *at += 4;
    if (point >= 0xd800 && point < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' &&
        (*at)[1] == 'u') {
        int32_t low = read_hex(*at + 2, end);
        if (low >= 0xdc00 && low < 0xe000) {
            *at += 6;
            point = 0x10000 + (point - 0xd800) * 0x400 + (low - 0xdc00);
        }
    }
    return put_utf8(out, point);
}

/* *at is behind the backslash. */
static char *decode_escape(const char **at, const char *end, char *out)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char escape = *(*at)++;
    if (escape == 'u')
        return decode_unicode(at, end, out);
    *out = escape;
    for (size_t i = 0; i + 1 < sizeof escapes; i += 2)
        if (escapes[i] == escape)
            *out = escapes[i + 1];
    return out + 1;
}

/* No escape is shorter than what it stands for, so the raw length is room enough. */
const char *spec_lines_string_decode(const char *start, const char *end, struct arena *arena)
{
    char *text = arena_alloc(arena, (size_t)(end - start) + 1);
    char *out = text;
    const char *at = start + 1;
    const char *stop = end > at && end[-1] == '"' ? end - 1 : end;
    while (at < stop)
        if (*at == '\\' && at + 1 < stop) {
            at++;
            out = decode_escape(&at, stop, out);
        } else {
            *out++ = *at++;
        }
    *out = '\0';
    return text;
}
