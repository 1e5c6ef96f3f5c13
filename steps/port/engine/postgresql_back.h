/*
 * The rollback window: the old source, closed to everybody but us, is rewound onto the target's
 * history and follows it, so that clients can be taken back. Changes.
 *
 * After the cut the old source goes on by itself for a while: checkpoints, autovacuum. pg_rewind
 * undoes that. It needs the old source's log from the last checkpoint before the cut, which
 * wal_keep_size keeps there (postgresql_grant.c), and the target's from the same point, which a
 * slot holds from before the cut (postgresql_cutover.c). The manual, pg_rewind, Notes: what
 * interrupts a rewind may leave data that no server can use; so the job outlives us, and is only
 * ever begun with the target as the side that clients are on.
 *
 * A marker beside the data directory says how far it is: "rewinding", then "done", from before the
 * first byte until the source is retired or open again.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_BACK_H
#define STEPS_PORT_ENGINE_POSTGRESQL_BACK_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.back_grant, … */
int postgresql_back_grant(struct engine *engine, struct err *err);
int postgresql_back_rewind(struct engine *engine, struct err *err);
int postgresql_back_follow(struct engine *engine, struct err *err);
int postgresql_back_kick(struct engine *engine, struct err *err);
int postgresql_back_stop(struct engine *engine, struct err *err);

/* The old source's own files, back from where an interrupted rewind kept them; nothing when it kept
   none. The server must be down. */
int postgresql_back_own(struct postgresql *self, struct arena *arena, struct err *err) MUST_CHECK;

/* What the host of the old source says of the rewind. Pure. */
enum engine_copy postgresql_back_rewound(const struct postgresql_host *source);

/* Whether the target, which was promoted, holds nothing that the source lacks: it is closed, and
   the source was promoted from it after that. */
int postgresql_back_taken(struct postgresql *self, const struct postgresql_host *target,
                          struct arena *arena, bool *out, struct err *err) MUST_CHECK;

#endif
