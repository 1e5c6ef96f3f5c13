/*
 * A text that grows. For output that is built piece by piece; never for secrets (see secret.h).
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct str {
    char *text; /* terminated whenever anything was added; NULL before */
    size_t len;
    size_t room;
};

#define STR_INIT                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

void str_free(struct str *str); /* for CLEANUP() too */
void str_clear(struct str *str);
void str_add(struct str *str, const char *text);
void str_add_n(struct str *str, const char *bytes, size_t n);
void str_printf(struct str *str, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_vprintf(struct str *str, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
/* Adds bytes that a stranger may have made so that a terminal cannot be steered by them: control
   characters, C1 controls and what is not UTF-8 become \n, \t or \xHH. */
void str_add_printable(struct str *str, const char *bytes, size_t n);
/* The text so far, "" when nothing was added; borrowed until the next change. */
const char *str_text(const struct str *str);

/* Predicates and small readers that the standard library lacks. */
bool str_equal(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* Whole text as a decimal number. Returns 0, or -1 when it is not one or does not fit. */
int str_to_i64(const char *text, int64_t *out) MUST_CHECK;
/* Copies as much of text as fits into buf, which holds size bytes (1 or more), always terminated,
   never cut within a UTF-8 sequence. NULL is "". */
void str_copy(char *buf, size_t size, const char *text);
/* Cuts white space off both ends, in place; returns the start. */
char *str_trim(char *text);
/* "1.5 GiB", "830 kB/s" and the like need a buffer of STR_HUMAN bytes. */
#define STR_HUMAN 32
const char *str_bytes(char buf[STR_HUMAN], uint64_t bytes);
const char *str_duration_ms(char buf[STR_HUMAN],
                            int64_t ms); /* "340 ms", "12.4 s", "3 min 20 s", "2 h 05 min" */

#endif
