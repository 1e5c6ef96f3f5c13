/*
 * The copy as a standby: its settings, its start, a link that hangs, and the canary that must
 * arrive. Changes.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_FOLLOW_H
#define STEPS_PORT_ENGINE_POSTGRESQL_FOLLOW_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.follow_start, .follow_kick, .canary_write */
int postgresql_follow_start(struct engine *engine, struct err *err);
int postgresql_follow_kick(struct engine *engine, struct err *err);
int postgresql_follow_canary(struct engine *engine, int64_t n, struct err *err);

/* Stops the target's or source's server by its stop command (or pg_ctl, as its owner) and waits for
 * its end. A server that is down is fine. */
int postgresql_follow_stop(struct postgresql *self, struct postgresql_side *side,
                           struct arena *arena, struct err *err) MUST_CHECK;

#endif
