/*
 * The truth about both sides: what the hosts' files say, joined with what the servers say. Probes
 * only.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_SEE_H
#define STEPS_PORT_ENGINE_POSTGRESQL_SEE_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.see */
int postgresql_see(struct engine *engine, struct arena *arena, struct engine_seen *out,
                   struct err *err);

/* Pure. How much of our access there is, of `wanted` things that belong to it. */
enum engine_presence postgresql_see_presence(int there, int wanted);

#endif
