/*
 * Error values: setting them, adding context, and what the table says about a code. Nothing here
 * prints.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    int status;
    enum err_retry retry;
    const char *hint;
};

static const struct row rows[] = {
#define ERR_ROW(code, name, status, retry, hint)                                                   \
    [ERR_##code] = {name, status, ERR_RETRY_##retry, hint},
    ERR_TABLE(ERR_ROW)
#undef ERR_ROW
};

/* A message that was cut must not read as if it were whole. */
static void mark_cut(struct err *err)
{
    static const char dots[] = "...";
    memcpy(err->text + sizeof err->text - sizeof dots, dots, sizeof dots);
}

static PRINTF_LIKE(2, 0) void set_text(struct err *err, const char *fmt, va_list ap)
{
    int len = vsnprintf(err->text, sizeof err->text, fmt, ap);
    if (len < 0)
        err->text[0] = '\0';
    else if ((size_t)len >= sizeof err->text)
        mark_cut(err);
}

static void append(struct err *err, const char *text)
{
    size_t len = strlen(err->text), more = strlen(text), room = sizeof err->text - 1 - len;
    memcpy(err->text + len, text, more < room ? more : room);
    err->text[len + (more < room ? more : room)] = '\0';
    if (more > room)
        mark_cut(err);
}

int(err_set)(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_text(err, fmt, ap);
    va_end(ap);
    err->code = code;
    err->os_errno = 0;
    return -1;
}

int(err_set_errno)(struct err *err, enum err_code code, const char *fmt, ...)
{
    int saved = errno;
    char why[128];
    va_list ap;
    va_start(ap, fmt);
    set_text(err, fmt, ap);
    va_end(ap);
    append(err, ": ");
    append(err, strerror_r(saved, why, sizeof why));
    err->code = code;
    err->os_errno = saved;
    return -1;
}

int(err_add)(struct err *err, const char *fmt, ...)
{
    struct err outer = ERR_INIT; /* apart, as the arguments may point into err's own text */
    va_list ap;
    va_start(ap, fmt);
    set_text(&outer, fmt, ap);
    va_end(ap);
    append(&outer, ": ");
    append(&outer, err->text);
    memcpy(err->text, outer.text, sizeof err->text);
    return -1;
}

void err_clear(struct err *err)
{
    err->code = ERR_NONE;
    err->os_errno = 0;
    err->text[0] = '\0';
}

const char *err_name(enum err_code code)
{
    return rows[code].name;
}

const char *err_hint(enum err_code code)
{
    return rows[code].hint;
}

int err_exit_status(enum err_code code)
{
    return rows[code].status;
}

enum err_retry err_retry(enum err_code code)
{
    return rows[code].retry;
}

int err_count(void)
{
    return (int)ARRAY_LEN(rows);
}
