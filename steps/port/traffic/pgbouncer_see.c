/*
 * How things stand on the proxy host: where its configuration points, and, once the guard is
 * installed, what the guard sees and wrote down.
 */
#include "steps/port/traffic/pgbouncer_config.h"
#include "steps/port/traffic/pgbouncer_told.h"

/* Where the running proxy sends the clients, when its console could be asked. */
static int take_way(struct pgbouncer *self, const struct pgbouncer_look *look,
                    struct traffic_seen *out, struct err *err)
{
    if (look->host[0] == '\0' || look->port == 0)
        return err_set(err, ERR_REMOTE, "the proxy's console on '%s' cannot be asked: %s",
                       pgbouncer_host(self)->name, look->console_error);
    return pgbouncer_points(self, look->host, look->port, &out->active, err);
}

/* The guard's own look: one line of JSON. */
static int see_guard(struct pgbouncer *self, struct arena *arena, struct traffic_seen *out,
                     struct err *err)
{
    const char *const argv[] = {self->program, "see", self->dir, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    struct pgbouncer_look look;
    if (remote_probe(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return -1;
    if (pgbouncer_told_look(reply.out, arena, out, &look) < 0)
        return err_set(err, ERR_REMOTE, "the guard on '%s' does not tell how things stand: %.200s",
                       pgbouncer_host(self)->name, reply.out_len > 0 ? reply.out : reply.errout);
    return take_way(self, &look, out, err);
}

static int is_installed(struct pgbouncer *self, struct arena *arena, bool *out, struct err *err)
{
    const char *const argv[] = {"test", "-e", arena_printf(arena, "%s/plan", self->dir), NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_probe(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return -1;
    *out = reply.status == 0;
    return 0;
}

int pgbouncer_see(struct traffic *traffic, struct arena *arena, struct traffic_seen *out,
                  struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct pgbouncer_config config;
    const struct pgbouncer_said *entry;
    *out = (struct traffic_seen){.reason = "", .timeline = "", .final_position = ""};
    if (pgbouncer_config_load(self, arena, &config, err) < 0 ||
        pgbouncer_config_entry(&config, self->service->traffic.database, &entry, arena, err) < 0)
        return -1;
    struct pgbouncer_way way = pgbouncer_config_way(entry, arena);
    if (pgbouncer_points(self, way.host, way.port, &out->configured, err) < 0)
        return -1;
    /* Without the guard the console cannot be asked: nothing of ours holds anybody, and the file is
     * what was loaded. */
    out->active = out->configured;
    if (is_installed(self, arena, &out->installed, err) < 0)
        return -1;
    return out->installed ? see_guard(self, arena, out, err) : 0;
}
