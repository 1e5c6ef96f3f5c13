/* Writing JSON (RFC 8259). */
#include "steps/guard/note.h"

#include <string.h>

/* The length of the well-formed UTF-8 sequence at s (RFC 3629), 0 when there is none. */
static size_t utf8_len(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t len = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
                 : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
                 : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                                : 0;
    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xED && s[1] > 0x9F;
    bool too_high = s[0] == 0xF4 && s[1] > 0x8F;
    return overlong || surrogate || too_high ? 0 : len;
}

static void add_ascii(struct str *out, unsigned char c)
{
    switch (c) {
    case '"':
        str_add(out, "\\\"");
        return;
    case '\\':
        str_add(out, "\\\\");
        return;
    case '\n':
        str_add(out, "\\n");
        return;
    case '\t':
        str_add(out, "\\t");
        return;
    default:
        if (c < 0x20 || c == 0x7F)
            str_printf(out, "\\u%04x", c);
        else
            str_add_n(out, (const char *)&c, 1);
    }
}

void note_add_n(struct str *out, const char *bytes, size_t len)
{
    str_add(out, "\"");
    for (size_t i = 0; i < len;) {
        const unsigned char *s = (const unsigned char *)bytes + i;
        size_t n = utf8_len(s, len - i);
        if (n == 1)
            add_ascii(out, s[0]);
        else if (n == 0)
            str_add(out, "\\ufffd");
        else
            str_add_n(out, bytes + i, n);
        i += n == 0 ? 1 : n;
    }
    str_add(out, "\"");
}

void note_add(struct str *out, const char *text)
{
    if (text == NULL)
        str_add(out, "null");
    else
        note_add_n(out, text, strlen(text));
}

void note_comma(struct str *out)
{
    char last = out->len == 0 ? '{' : out->text[out->len - 1];
    if (last != '{' && last != '[')
        str_add(out, ",");
}

void note_key(struct str *out, const char *key)
{
    note_comma(out);
    note_add(out, key);
    str_add(out, ":");
}

void note_member(struct str *out, const char *key, const char *text)
{
    note_key(out, key);
    note_add(out, text);
}

void note_member_i64(struct str *out, const char *key, int64_t number)
{
    note_key(out, key);
    str_printf(out, "%lld", (long long)number);
}

void note_member_raw(struct str *out, const char *key, const char *raw)
{
    note_key(out, key);
    str_add(out, raw == NULL || raw[0] == '\0' ? "null" : raw);
}
