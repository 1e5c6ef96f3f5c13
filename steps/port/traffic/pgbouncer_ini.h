/*
 * PgBouncer's configuration as text: reading it, and the one change that a switch is. Pure: no I/O.
 *
 * The syntax is libusual's (cfparser.c): lines of key = value below [section] lines; '#' and ';'
 * begin a comment line, nowhere else; `%include FILE` reads a file in place, and the section goes
 * on through it and after it. An entry of [databases] is pairs of key=value between spaces (not
 * tabs); a value may stand in single quotes, with '' for one of them. (pgbouncer.org/config.html)
 */
#ifndef TRAFFIC_PGBOUNCER_INI_H
#define TRAFFIC_PGBOUNCER_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

enum pgbouncer_ini_kind { PGBOUNCER_INI_SECTION, PGBOUNCER_INI_SETTING, PGBOUNCER_INI_INCLUDE };

struct pgbouncer_ini_line {
    enum pgbouncer_ini_kind kind;
    size_t number;     /* 1-based */
    const char *key;   /* "" for an include */
    const char *value; /* a section's name, an include's file */
    size_t value_at;   /* where the value's text is */
    size_t value_len;
};

struct pgbouncer_ini {
    struct pgbouncer_ini_line *line;
    size_t len;
};

/* Lines that say something, in order; the texts are copies in arena. Errors: SPEC with the line. */
int pgbouncer_ini_read(const char *text, size_t len, struct arena *arena, struct pgbouncer_ini *out,
                       struct err *err) MUST_CHECK;

/* The value of key in an entry's text, unquoted; NULL when it is not there. In arena. Errors: none:
 * a broken entry has no keys after the break. */
const char *pgbouncer_ini_pair(const char *entry, const char *key, struct arena *arena);

/* The file's text with host= and port= of the entry at line changed, and every other byte as it
   was. A port that is not there is added behind the host unless the new one is 5432, its default.
   Errors: SPEC (the entry has no host=). */
int pgbouncer_ini_point(const char *text, size_t len, const struct pgbouncer_ini_line *line,
                        const char *host, unsigned port, struct arena *arena, const char **out,
                        size_t *out_len, struct err *err) MUST_CHECK;

#endif
