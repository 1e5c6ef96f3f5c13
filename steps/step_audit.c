/*
 * Audit: every host is asked once more whether anything of ours is left, after the way forward and
 * after the way back alike. What is left is a hold with its name, never a note in passing.
 */
#include <string.h>

#include "steps/step.h"

struct audit_seen {
    size_t left;
    const char *first;
};

static void leave(struct step_ctx *ctx, struct audit_seen *seen, const char *where,
                  const char *what)
{
    if (seen->left++ == 0)
        seen->first = arena_printf(ctx->arena, "on '%s': %s", where, what);
}

static int ask_tunnel(struct step_ctx *ctx, struct audit_seen *seen, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    struct tunnel_seen found;
    if (tunnel->ops->see(tunnel, ctx->arena, &found, err) < 0)
        return -1;
    const char *gateway[TUNNEL_SIDES] = {ctx->spec->source.gateway->name,
                                         ctx->spec->target.gateway->name};
    for (int side = 0; side < TUNNEL_SIDES; side++)
        if (found.side[side].state != TUNNEL_ABSENT)
            leave(ctx, seen, gateway[side], "part of the tunnel");
    return 0;
}

static void ask_source(struct step_ctx *ctx, const struct spec_service *service,
                       const struct engine_seen *engine, struct audit_seen *seen)
{
    const char *host = service->source.host->name;
    if (engine->source.access == ENGINE_PRESENT || engine->source.access == ENGINE_PARTIAL)
        leave(ctx, seen, host, "our role or pg_hba lines");
    if (engine->source.slot == ENGINE_PRESENT)
        leave(ctx, seen, host, "our replication slot");
    const char *before = fact_find(ctx->facts, service->name, "source.config_hash");
    if (before != NULL && engine->source.config_hash != NULL &&
        strcmp(before, engine->source.config_hash) != 0)
        leave(ctx, seen, host, "a configuration that is not byte for byte what it was");
}

static int ask_service(struct step_ctx *ctx, size_t index, struct audit_seen *seen, struct err *err)
{
    const struct spec_service *service = &ctx->spec->service[index];
    struct engine *engine = ctx->ports->engine[index];
    struct traffic *traffic = ctx->ports->traffic[index];
    struct engine_seen found;
    struct traffic_seen proxy;
    if (engine->ops->see(engine, ctx->arena, &found, err) < 0 ||
        traffic->ops->see(traffic, ctx->arena, &proxy, err) < 0)
        return err_add(err, "audit of service '%s'", service->name);
    ask_source(ctx, service, &found, seen);
    if (found.target.access == ENGINE_PRESENT || found.target.access == ENGINE_PARTIAL)
        leave(ctx, seen, service->target.host->name, "our settings, lines or files");
    if (proxy.installed || proxy.guard_alive)
        leave(ctx, seen, service->traffic.host->name, "the guard");
    return 0;
}

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct audit_seen *seen = ARENA_NEW(ctx->arena, struct audit_seen);
    *out_seen = seen;
    if (ask_tunnel(ctx, seen, err) < 0)
        return -1;
    for (size_t i = 0; i < ctx->ports->services; i++)
        if (ask_service(ctx, i, seen, err) < 0)
            return -1;
    if (seen->left == 0)
        step_note_event(ctx, "audit", "every host was asked: nothing of ours is left", NULL);
    return 0;
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)goal;
    (void)err;
    const struct audit_seen *seen = what;
    if (seen->left > 0)
        step_hold(plan, ERR_REFUSED,
                  arena_printf(
                      arena, "%zu trace%s of ours left, the first %s: remove it by hand and resume",
                      seen->left, seen->left == 1 ? " is" : "s are", seen->first));
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    (void)ctx;
    return err_set(err, ERR_INTERNAL, "the audit has no action '%s'", action->name);
}

const struct step step_audit = {
    .name = "audit",
    .story = "nothing of ours is left on any host",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
