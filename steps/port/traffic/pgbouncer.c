/*
 * The traffic driver `pgbouncer`: its table of slots, its handle, and how it runs its scripts.
 */
#include "steps/port/traffic/pgbouncer.h"

#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/mem.h"

extern const struct embed pgbouncer_scripts[];
extern const size_t pgbouncer_scripts_len;

struct pgbouncer *pgbouncer_of(struct traffic *traffic)
{
    return (struct pgbouncer *)traffic;
}

const struct spec_host *pgbouncer_host(const struct pgbouncer *self)
{
    return self->service->traffic.host;
}

static struct traffic *open_driver(const struct spec *spec, const struct spec_service *service,
                                   struct world *world)
{
    struct pgbouncer *self = MEM_NEW(struct pgbouncer);
    self->base.ops = &traffic_pgbouncer;
    self->spec = spec;
    self->service = service;
    self->world = world;
    self->arena = arena_new();
    self->dir = arena_printf(self->arena, "/var/lib/ece-migrate-%s", spec->id);
    self->run_dir = arena_printf(self->arena, "/run/ece-%s", spec->id);
    self->program = arena_printf(self->arena, "%s/ece-guard", self->dir);
    return &self->base;
}

static void close_driver(struct traffic *traffic)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    if (!self)
        return;
    remote_stream_close(self->stream);
    arena_free(self->arena);
    free(self);
}

static const char *script(const char *name)
{
    for (size_t i = 0; i < pgbouncer_scripts_len; i++)
        if (strcmp(pgbouncer_scripts[i].name, name) == 0)
            return pgbouncer_scripts[i].text;
    return NULL;
}

typedef int call_ok(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                    struct arena *arena, struct remote_reply *out, struct err *err);

static int call(call_ok *how, struct pgbouncer *self, const char *name, const char *const *argv,
                struct arena *arena, const char **out, struct err *err)
{
    struct remote_cmd cmd = {.argv = argv, .script = script(name)};
    struct remote_reply reply;
    if (!cmd.script)
        return err_set(err, ERR_INTERNAL, "no script '%s'", name);
    if (how(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return err_add(err, "'%s' on '%s'", name, pgbouncer_host(self)->name);
    *out = reply.out;
    return 0;
}

int pgbouncer_probe(struct pgbouncer *self, const char *name, const char *const *argv,
                    struct arena *arena, const char **out, struct err *err)
{
    return call(remote_probe_ok, self, name, argv, arena, out, err);
}

int pgbouncer_change(struct pgbouncer *self, const char *name, const char *const *argv,
                     struct arena *arena, const char **out, struct err *err)
{
    return call(remote_change_ok, self, name, argv, arena, out, err);
}

/* Whether one of the addresses, a line each, is the endpoint's. */
static bool is_at(const struct spec_endpoint *endpoint, const char *addresses, unsigned port)
{
    size_t len = strlen(endpoint->address);
    if (port != endpoint->port)
        return false;
    for (const char *at = addresses; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strcspn(at, "\n") == len && memcmp(at, endpoint->address, len) == 0)
            return true;
    return false;
}

int pgbouncer_points(struct pgbouncer *self, const char *host, unsigned port,
                     enum traffic_points *out, struct err *err)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    const struct spec_endpoint *source = &self->service->source, *target = &self->service->target;
    const char *const argv[] = {host, NULL};
    const char *addresses = host;
    bool literal = is_at(source, host, port) || is_at(target, host, port);
    if (!literal && pgbouncer_probe(self, "resolve.sh", argv, arena, &addresses, err) < 0)
        return -1;
    *out = is_at(target, addresses, port)   ? TRAFFIC_AT_TARGET
           : is_at(source, addresses, port) ? TRAFFIC_AT_SOURCE
                                            : TRAFFIC_ELSEWHERE;
    return 0;
}

const struct traffic_ops traffic_pgbouncer = {
    .name = "pgbouncer",
    .open = open_driver,
    .close = close_driver,
    .check = pgbouncer_check,
    .see = pgbouncer_see,
    .install = pgbouncer_install,
    .arm = pgbouncer_arm,
    .cut = pgbouncer_cut,
    .disarm = pgbouncer_disarm,
    .finish = pgbouncer_finish,
    .remove = pgbouncer_remove,
};
