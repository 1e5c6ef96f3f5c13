/*
 * The encodings in which a secret can stand in a text, undone one character at a time.
 */
#include <stdint.h>

#include "base/secret_scrub.h"

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t one(unsigned char out[4], size_t *made, unsigned char c, size_t took)
{
    out[0] = c;
    *made = 1;
    return took;
}

/* RFC 3986 §2.1, and + for a blank as forms have it (a plus that stands for itself is found by the
 * raw match). */
size_t secret_decode_percent(const unsigned char *p, size_t n, unsigned char out[4], size_t *made)
{
    if (p[0] == '%' && n >= 3 && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0)
        return one(out, made, (unsigned char)(hex_digit(p[1]) << 4 | hex_digit(p[2])), 3);
    return one(out, made, p[0] == '+' ? ' ' : p[0], 1);
}

/* \uXXXX at p; returns -1 when it is not one. */
static int32_t code_unit(const unsigned char *p, size_t n)
{
    if (n < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static size_t utf8(unsigned char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (unsigned char)(0x80 | (c & 0x3f));
    out[0] = (unsigned char)((0xf00u >> len & 0xf0u) | c);
    return len;
}

/* RFC 8259 §7. */
size_t secret_decode_json(const unsigned char *p, size_t n, unsigned char out[4], size_t *made)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (p[0] != '\\' || n < 2)
        return one(out, made, p[0], 1);
    for (size_t i = 0; escapes[i]; i += 2)
        if (p[1] == (unsigned char)escapes[i])
            return one(out, made, (unsigned char)escapes[i + 1], 2);
    int32_t high = code_unit(p, n);
    if (high < 0)
        return one(out, made, p[0], 1);
    int32_t low = n > 6 ? code_unit(p + 6, n - 6) : -1;
    if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        *made = utf8(out, 0x10000u + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
        return 12;
    }
    *made = utf8(out, (uint32_t)high);
    return 6;
}
