/*
 * The versions of what the program is made of, as one table: its own, and each library's as it was
 * built with and, where the library can be asked, as it runs with.
 */
#ifndef ORCHESTRATOR_CLI_VERSION_H
#define ORCHESTRATOR_CLI_VERSION_H

#include <stddef.h>

struct version_row {
    const char *name;
    const char *built;            /* the version of its headers */
    const char *(*running)(void); /* NULL: cannot be asked from here */
};

extern const struct version_row version_rows[];
extern const size_t version_rows_len;

/* The program's own. */
const char *version_program(void);

#endif
