/*
 * What the engine does for the cutover: it makes both servers ready, and tells the guard how to
 * reach and to fence them.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_CUTOVER_H
#define STEPS_PORT_ENGINE_POSTGRESQL_CUTOVER_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.cutover_prepare, .kit */
int postgresql_cutover_prepare(struct engine *engine, enum engine_way way, struct err *err);
int postgresql_cutover_kit(struct engine *engine, enum engine_way way, struct arena *arena,
                           struct str *out, struct err *err);

#endif
