/*
 * The base backup: a job on the target host that outlives us and pulls straight from the source.
 * Changes.
 *
 * A marker beside the data directory says that what is inside is ours, from before the first byte
 * until release: "copying", then "done BYTES", written by the job itself. The job's log, status and
 * process are in our directory on tmpfs; when a reboot has taken them, a marker that is not done
 * means a broken copy.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_COPY_H
#define STEPS_PORT_ENGINE_POSTGRESQL_COPY_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.copy_start, .copy_clear */
int postgresql_copy_start(struct engine *engine, struct err *err);
int postgresql_copy_clear(struct engine *engine, struct err *err);

/* Ends the job if it runs, and empties the data directory if it is ours and nobody was promoted on
 * it. Errors: FOREIGN, REFUSED. */
int postgresql_copy_remove(struct postgresql *self, struct arena *arena,
                           struct err *err) MUST_CHECK;

/* libpq keywords and values by which the target reaches the source; in arena. */
const char *postgresql_copy_link(const struct postgresql *self, struct arena *arena);

#endif
