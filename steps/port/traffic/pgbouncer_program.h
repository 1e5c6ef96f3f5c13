/*
 * The guard's program on the operator's host: beside our own, or where it was installed.
 */
#ifndef TRAFFIC_PGBOUNCER_PROGRAM_H
#define TRAFFIC_PGBOUNCER_PROGRAM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

/* Its path, in arena: $ECE_MIGRATE_GUARD when that is set, ece-guard beside our executable, or in
 * ../libexec/ece-migrate. NULL when it is nowhere. */
const char *pgbouncer_program_path(struct arena *arena);
/* Its bytes. Errors: SPEC (not found, with where it was looked for). */
int pgbouncer_program_read(struct arena *arena, const char **out, size_t *out_len,
                           struct err *err) MUST_CHECK;

#endif
