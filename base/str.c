/*
 * Texts that grow, and the small predicates on texts. Numbers as text are in str_number.c.
 */
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void str_free(struct str *str)
{
    free(str->text);
    *str = (struct str)STR_INIT;
}

void str_clear(struct str *str)
{
    str->len = 0;
    if (str->text)
        str->text[0] = '\0';
}

/* Room for n more bytes and the terminator; doubling keeps many small additions cheap. */
static void str_make_room(struct str *str, size_t n)
{
    if (str->room - str->len > n)
        return;
    size_t room = str->room ? str->room : 32;
    while (room - str->len <= n)
        room = mem_product(room, 2);
    str->text = mem_resize(str->text, room);
    str->room = room;
}

void str_add_n(struct str *str, const char *bytes, size_t n)
{
    str_make_room(str, n);
    if (n)
        memcpy(str->text + str->len, bytes, n);
    str->len += n;
    str->text[str->len] = '\0';
}

void str_add(struct str *str, const char *text)
{
    str_add_n(str, text, strlen(text));
}

void str_vprintf(struct str *str, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    if (len >= 0) {
        str_make_room(str, (size_t)len);
        vsnprintf(str->text + str->len, (size_t)len + 1, fmt, again);
        str->len += (size_t)len;
    }
    va_end(again);
}

void str_printf(struct str *str, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(str, fmt, ap);
    va_end(ap);
}

const char *str_text(const struct str *str)
{
    return str->text ? str->text : "";
}

/* The length of the UTF-8 character at p that is safe to show, 0 when there is none (RFC 3629 §4;
 * no C1 control). */
static size_t shown_len(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool c1 = p[0] == 0xc2 && p[1] < 0xa0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xed && p[1] > 0x9f;
    bool beyond = p[0] == 0xf4 && p[1] > 0x8f;
    return c1 || overlong || surrogate || beyond ? 0 : len;
}

void str_add_printable(struct str *str, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t len = shown_len((const unsigned char *)bytes + i, n - i);
        if (len)
            str_add_n(str, bytes + i, len);
        else if (c == '\n' || c == '\t')
            str_add(str, c == '\n' ? "\\n" : "\\t");
        else
            str_printf(str, "\\x%02x", c);
        i += len ? len : 1;
    }
}

bool str_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), tail = strlen(suffix);
    return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

char *str_trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    text[len] = '\0';
    return text;
}

void str_copy(char *buf, size_t size, const char *text)
{
    text = text == NULL ? "" : text;
    size_t len = strlen(text);
    if (size == 0)
        return;
    if (len >= size) {
        len = size - 1;
        /* Bytes 10xxxxxx belong to the sequence that began before them. */
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    if (len > 0)
        memcpy(buf, text, len);
    buf[len] = '\0';
}
