/*
 * After the cutover: the target becomes a plain primary without a trace of us, and the old source
 * goes to rest. Changes.
 *
 * The source stays closed throughout. Its data directory is marked read-only (standby.signal)
 * before anything else, so that from then on no restart can open it for writes; our role goes while
 * the server still runs; the lines that close it go only when it is down.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_RETIRE_H
#define STEPS_PORT_ENGINE_POSTGRESQL_RETIRE_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.source_retire, .target_release, .target_abandon */
int postgresql_retire_source(struct engine *engine, struct err *err);
int postgresql_retire_release(struct engine *engine, struct err *err);
int postgresql_retire_abandon(struct engine *engine, struct err *err);

#endif
