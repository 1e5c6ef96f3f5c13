/*
 * Sessions, password and small tools of the driver; see postgresql_self.h.
 */
#include "steps/port/engine/postgresql_self.h"

#include <string.h>

#include "base/embed.h"
#include "steps/wire/remote.h"

extern const struct embed postgresql_queries[];
extern const size_t postgresql_queries_len;

const char *postgresql_self_sql(const char *name)
{
    for (size_t i = 0; i < postgresql_queries_len; i++)
        if (strcmp(postgresql_queries[i].name, name) == 0)
            return postgresql_queries[i].text;
    return "";
}

int postgresql_self_place(struct postgresql *self, struct postgresql_side *side, struct err *err)
{
    if (side->found)
        return 0;
    if (postgresql_host_find(self->world, side->endpoint, &self->name, self->arena, &side->place,
                             err))
        return -1;
    side->found = true;
    return 0;
}

int postgresql_self_look(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                         struct postgresql_host *out, struct err *err)
{
    if (postgresql_self_place(self, side, err))
        return -1;
    return postgresql_host_look(self->world, side->endpoint->host, &self->name, &side->place, arena,
                                out, err);
}

/* The password stands in a passfile line, after its last colon: it is base64url and holds none. */
static struct secret *password_of(const struct secret *file)
{
    const char *text = secret_reveal(file);
    const char *colon = strrchr(text, ':');
    if (!colon)
        return NULL;
    size_t len = strcspn(colon + 1, "\r\n");
    return len ? secret_copy(colon + 1, len, "engine-role") : NULL;
}

int postgresql_self_password(struct postgresql *self, const struct secret **out, struct err *err)
{
    const struct spec_host *const hosts[] = {
        self->source.endpoint->host, self->target.endpoint->host, self->service->traffic.host};
    for (size_t i = 0; i < ARRAY_LEN(hosts) && !self->password; i++) {
        CLEANUP(secret_cleanup) struct secret *file = NULL;
        bool missing = false;
        if (!hosts[i])
            continue;
        if (remote_get_secret(self->world, hosts[i], self->name.passfile, "engine-passfile", &file,
                              &missing, err))
            return err_add(err, "reading '%s' on '%s'", self->name.passfile, hosts[i]->name);
        if (!missing)
            self->password = password_of(file);
    }
    *out = self->password;
    return 0;
}

void postgresql_self_leave(struct postgresql_side *side)
{
    pg_close(side->pg);
    side->pg = NULL;
}

int postgresql_self_session(struct postgresql *self, struct postgresql_side *side,
                            enum postgresql_user user, struct err *err)
{
    if (side->pg && side->user == user)
        return 0;
    postgresql_self_leave(side);
    const struct secret *password = NULL;
    side->user = user;
    if (user == POSTGRESQL_ADMIN)
        return pg_open(&side->pg, self->world, side->endpoint, NULL, err);
    if (postgresql_self_password(self, &password, err))
        return -1;
    if (!password)
        return err_set(err, ERR_AUTH, "the password of '%s' is on none of the hosts any more",
                       self->name.role);
    return pg_open_as(&side->pg, self->world, side->endpoint, NULL, self->name.role, password, err);
}

/* The first user is tried, and when it is refused (not when nobody answers) the second; its error
 * tells more when both are. */
static int enter_as(struct postgresql *self, struct postgresql_side *side,
                    enum postgresql_user first, enum postgresql_user second, struct err *err)
{
    struct err ignored = ERR_INIT;
    if (postgresql_self_session(self, side, first, err) == 0)
        return 0;
    if (err->code != ERR_AUTH || postgresql_self_session(self, side, second, &ignored))
        return -1;
    err_clear(err);
    return 0;
}

int postgresql_self_enter(struct postgresql *self, struct postgresql_side *side, struct err *err)
{
    if (side->pg)
        return 0;
    int status = side == &self->source
                     ? enter_as(self, side, POSTGRESQL_ADMIN, POSTGRESQL_OURS, err)
                     : enter_as(self, side, POSTGRESQL_OURS, POSTGRESQL_ADMIN, err);
    return status ? err_add(err, "logging in to the %s on '%s'",
                            side == &self->source ? "source" : "target", side->endpoint->host->name)
                  : 0;
}

int postgresql_self_ask(struct postgresql *self, struct postgresql_side *side, const char *sql,
                        const char *const *params, size_t nparams, struct arena *arena,
                        struct pg_rows *out, struct err *err)
{
    bool was_open = side->pg != NULL;
    if (postgresql_self_enter(self, side, err))
        return -1;
    if (pg_probe(side->pg, sql, params, nparams, 0, arena, out, err) == 0)
        return 0;
    if (err->code != ERR_UNREACHABLE)
        return -1;
    postgresql_self_leave(side);
    if (!was_open)
        return -1;
    err_clear(err);
    return postgresql_self_ask(self, side, sql, params, nparams, arena, out, err);
}

int postgresql_self_tell(struct postgresql_side *side, const char *sql, const char *const *params,
                         size_t nparams, struct arena *arena, struct err *err)
{
    struct pg_rows rows;
    int status = pg_change(side->pg, sql, params, nparams, 0, arena, &rows, err);
    if (status && err->code == ERR_UNREACHABLE)
        postgresql_self_leave(side);
    return status;
}

int postgresql_self_run(struct postgresql *self, const struct spec_host *host, const char *script,
                        const char *const *argv, int64_t timeout_ms, struct arena *arena,
                        const char **out, struct err *err)
{
    struct remote_cmd cmd = {
        .argv = argv, .script = postgresql_host_script(script), .timeout_ms = timeout_ms};
    struct remote_reply reply;
    if (remote_change_ok(self->world, host, &cmd, arena, &reply, err))
        return -1;
    if (out)
        *out = reply.out;
    return 0;
}

int postgresql_self_reload(struct postgresql *self, struct postgresql_side *side,
                           struct arena *arena, struct err *err)
{
    const char *argv[] = {side->place.data_directory, NULL};
    return postgresql_self_run(self, side->endpoint->host, "reload.sh", argv, 0, arena, NULL, err);
}

const char *postgresql_self_owner(const struct postgresql_side *side, struct arena *arena)
{
    return arena_printf(arena, "%s:%s", side->place.owner, side->place.group);
}
