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

/* Who is to follow whom. */
struct postgresql_following {
    struct postgresql_side *primary, *standby;
    const char *link;  /* by which the standby reaches the primary: libpq keywords */
    const char *lines; /* of ours in the standby's pg_hba.conf */
    const char *fence; /* the word in the standby's fence file; NULL: it has none */
    const char *more;  /* further lines of settings; "" */
};

/* Settings, lines and files of a standby; its start, or a reload when it runs; and waits until it
   lets us in. Its place must be known. Errors: REMOTE with its log's last words, TIMEOUT. */
int postgresql_follow_make(struct postgresql *self, const struct postgresql_following *pair,
                           bool running, struct arena *arena, struct err *err) MUST_CHECK;
/* Makes the side's link connect anew. */
int postgresql_follow_kick_side(struct postgresql *self, struct postgresql_side *side,
                                struct err *err) MUST_CHECK;
/* By its start command, or pg_ctl as its owner. A server that runs is fine. */
int postgresql_follow_server_start(struct postgresql *self, struct postgresql_side *side,
                                   struct arena *arena, struct err *err) MUST_CHECK;

/* Stops the target's or source's server by its stop command (or pg_ctl, as its owner) and waits for
 * its end. A server that is down is fine. */
int postgresql_follow_stop(struct postgresql *self, struct postgresql_side *side,
                           struct arena *arena, struct err *err) MUST_CHECK;

#endif
