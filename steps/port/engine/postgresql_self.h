/*
 * The driver's own handle, known to its files only: names, both sides, their sessions, and our
 * role's password while it is in memory.
 *
 * Who asks: on an open source the admin user; a fenced one lets in our role alone. On the target it
 * is our role as long as there is one, because the target's users are the source's, and its
 * pg_hba.conf need not admit us otherwise.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_SELF_H
#define STEPS_PORT_ENGINE_POSTGRESQL_SELF_H

#include "base/secret.h"
#include "steps/port/engine.h"
#include "steps/port/engine/postgresql_host.h"
#include "steps/port/engine/postgresql_lag.h"
#include "steps/port/engine/postgresql_name.h"
#include "steps/wire/pg.h"

enum postgresql_user { POSTGRESQL_ADMIN, POSTGRESQL_OURS };

struct postgresql_side {
    const struct spec_endpoint *endpoint;
    struct postgresql_place place;
    bool found;                /* place is known */
    struct pg *pg;             /* the session that is open, or NULL */
    enum postgresql_user user; /* whose it is */
};

struct postgresql {
    struct engine engine; /* first: the port's pointer is ours */
    const struct spec *spec;
    const struct spec_service *service;
    struct world *world;
    struct clock clock;
    struct arena *arena; /* lives as long as the driver */
    struct postgresql_name name;
    struct postgresql_side source, target;
    struct secret *password;
    struct postgresql_lag lag, back_lag; /* of the target; of the old source in a window */
    int64_t size_bytes, sized_at_us;     /* the databases are measured now and then only */
};

static inline struct postgresql *postgresql_self(struct engine *engine)
{
    return (struct postgresql *)(void *)engine;
}

/* Whether the migration file asks for a rollback window. */
static inline bool postgresql_self_windowed(const struct postgresql *self)
{
    return self->service->rollback.window_h > 0;
}

/* The side that clients leave on that way, and the one they come to. */
static inline struct postgresql_side *postgresql_self_from(struct postgresql *self,
                                                           enum engine_way way)
{
    return way == ENGINE_FORTH ? &self->source : &self->target;
}
static inline struct postgresql_side *postgresql_self_to(struct postgresql *self,
                                                         enum engine_way way)
{
    return way == ENGINE_FORTH ? &self->target : &self->source;
}

/* Where the side's server lives; looked for once. Errors: those of postgresql_host_find. */
int postgresql_self_place(struct postgresql *self, struct postgresql_side *side,
                          struct err *err) MUST_CHECK;
/* How its host stands now; in arena. Errors: those of postgresql_host_look. */
int postgresql_self_look(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                         struct postgresql_host *out, struct err *err) MUST_CHECK;

/* Our role's password, from memory or from the passfile on one of the hosts. 0 and NULL in *out:
   there is none anywhere. Errors: those of remote_get_secret. */
int postgresql_self_password(struct postgresql *self, const struct secret **out,
                             struct err *err) MUST_CHECK;

/* A session on the side, kept open between calls, as that user. Errors: those of pg_open; AUTH when
 * our password is nowhere. */
int postgresql_self_session(struct postgresql *self, struct postgresql_side *side,
                            enum postgresql_user user, struct err *err) MUST_CHECK;
/* As whoever gets in: see above. */
int postgresql_self_enter(struct postgresql *self, struct postgresql_side *side,
                          struct err *err) MUST_CHECK;
void postgresql_self_leave(struct postgresql_side *side);

/* One probe on the side as whoever gets in; a session that was lost since the last call is made
 * anew, once. */
int postgresql_self_ask(struct postgresql *self, struct postgresql_side *side, const char *sql,
                        const char *const *params, size_t nparams, struct arena *arena,
                        struct pg_rows *out, struct err *err) MUST_CHECK;
/* A change in the session that is open. */
int postgresql_self_tell(struct postgresql_side *side, const char *sql, const char *const *params,
                         size_t nparams, struct arena *arena, struct err *err) MUST_CHECK;
/* Makes the side's server read its configuration files again: by a signal, which works when nobody
 * may log in. */
int postgresql_self_reload(struct postgresql *self, struct postgresql_side *side,
                           struct arena *arena, struct err *err) MUST_CHECK;

/* Runs one of our scripts as a change; a status other than 0 is an error. Reply in arena. */
int postgresql_self_run(struct postgresql *self, const struct spec_host *host, const char *script,
                        const char *const *argv, int64_t timeout_ms, struct arena *arena,
                        const char **out, struct err *err) MUST_CHECK;

/* An SQL file of ours by its name. */
const char *postgresql_self_sql(const char *name);
/* "user:group" of the system user the side's server runs as. */
const char *postgresql_self_owner(const struct postgresql_side *side, struct arena *arena);

#endif
