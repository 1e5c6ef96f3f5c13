/*
 * Printing, on top of stdio. Its buffer is checked once, at the end (out_finish).
 */
#include "orchestrator/cli/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { COLUMNS = 80 };

/* C1 controls are two bytes in UTF-8: 0xc2 and 0x80 to 0x9f. */
static bool is_c1(const unsigned char *at)
{
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
}

static void put_escaped(FILE *file, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (is_c1(at))
            fprintf(file, "\\x%02x", *++at);
        else if ((*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f)
            fprintf(file, "\\x%02x", *at);
        else
            putc(*at, file);
}

static PRINTF_LIKE(2, 0) void put_formatted(FILE *file, const char *fmt, va_list ap)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0)
        mem_exhausted();
    put_escaped(file, text);
    free(text);
}

void out_text(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_formatted(stdout, fmt, ap);
    va_end(ap);
}

void out_error(const char *fmt, ...)
{
    fflush(stdout); /* so that both streams are in order where they meet */
    va_list ap;
    va_start(ap, fmt);
    put_formatted(stderr, fmt, ap);
    va_end(ap);
}

void out_raw(const char *text)
{
    fputs(text, stdout);
}

void out_wrapped(const char *text, int indent, int column)
{
    printf("%*s", column < indent ? indent - column : 0, "");
    int at = indent;
    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (at > indent && at + 1 + len > COLUMNS) {
            printf("\n%*s", indent, "");
            at = indent;
        }
        printf("%s%.*s", at > indent ? " " : "", len, text);
        at += len + (at > indent ? 1 : 0);
        text += len + (text[len] == ' ' ? 1 : 0);
    }
    putchar('\n');
}

void out_json(const json_t *json, enum out_form form)
{
    size_t flags = form == OUT_INDENTED ? JSON_INDENT(2) : JSON_COMPACT;
    if (json_dumpf(json, stdout, flags | JSON_ENCODE_ANY) < 0)
        return; /* the stream remembers, and out_finish tells */
    putchar('\n');
}

int out_finish(struct err *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return err_set_errno(err, ERR_OUTPUT, "cannot write to standard output");
}
