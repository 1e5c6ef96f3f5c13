/*
 * Messages on standard error. Each is one write(2), so that messages of several threads or
 * processes do not mix.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/str.h"

static _Atomic enum log_level shown = LOG_INFO;

void log_set_level(enum log_level level)
{
    shown = level;
}

enum log_level log_get_level(void)
{
    return shown;
}

/* A message that cannot be written is lost: there is no better place to complain. */
static void write_all(const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(STDERR_FILENO, text, len);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

/* Secrets go first, while they are still the bytes that were loaded; escaping would hide them from
 * the scrubber. */
static PRINTF_LIKE(3, 0) void log_line(enum log_level level, const char *prefix, const char *fmt,
                                       va_list ap)
{
    if (level > log_get_level())
        return;
    CLEANUP(str_free) struct str text = STR_INIT;
    CLEANUP(str_free) struct str clean = STR_INIT;
    CLEANUP(str_free) struct str line = STR_INIT;
    str_vprintf(&text, fmt, ap);
    secret_scrub(&clean, str_text(&text), text.len);
    str_add(&line, prefix);
    str_add_printable(&line, str_text(&clean), clean.len);
    str_add(&line, "\n");
    write_all(line.text, line.len);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_line(LOG_WARN, "ece-migrate: warning: ", fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_line(LOG_INFO, "ece-migrate: ", fmt, ap);
    va_end(ap);
}

void log_debug(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_line(LOG_DEBUG, "ece-migrate: debug: ", fmt, ap);
    va_end(ap);
}
