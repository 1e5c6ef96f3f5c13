/*
 * Retire: what we put on the proxy, the target and the source goes. The old server is stopped and
 * its data directory marked so that it can only come up read-only; its configuration is byte for
 * byte what it was.
 */
#include <string.h>

#include "steps/step.h"

struct retire_seen {
    struct engine_seen engine;
    struct traffic_seen traffic;
    const char *source, *target, *proxy;
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct retire_seen *seen = ARENA_NEW(ctx->arena, struct retire_seen);
    struct engine *engine = step_engine(ctx);
    struct traffic *traffic = step_traffic(ctx);
    seen->source = ctx->service->source.host->name;
    seen->target = ctx->service->target.host->name;
    seen->proxy = ctx->service->traffic.host->name;
    *out_seen = seen;
    if (traffic->ops->see(traffic, ctx->arena, &seen->traffic, err) < 0)
        return -1;
    if (engine->ops->see(engine, ctx->arena, &seen->engine, err) < 0)
        return -1;
    if (ctx->dry) {
        seen->traffic.installed = true;
        seen->engine.target.access = ENGINE_PRESENT;
    }
    return 0;
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)arena;
    (void)err;
    const struct retire_seen *seen = what;
    if (goal == STEP_ABSENT) {
        plan->verdict = STEP_LATE;
        plan->reason = "the clients are served by the target already";
        return 0;
    }
    if (seen->traffic.installed)
        step_act(plan, "remove-guard", seen->proxy, "take the guard and its files away", 0);
    /* The source is retired before the target forgets our role: until then the role is the only way
     * into the fenced source. */
    if (seen->engine.source.server != ENGINE_DOWN || seen->engine.source.access != ENGINE_ABSENT)
        step_act(plan, "retire-source", seen->source,
                 "drop our slot and role, stop the old server, mark its data read-only, put its "
                 "configuration back",
                 0);
    if (seen->engine.target.access != ENGINE_ABSENT)
        step_act(plan, "release-target", seen->target,
                 "take our settings, pg_hba lines, role and files away: a plain primary stays", 0);
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct traffic *traffic = step_traffic(ctx);
    if (strcmp(action->name, "remove-guard") == 0)
        return traffic->ops->remove(traffic, err);
    if (strcmp(action->name, "retire-source") == 0)
        return engine->ops->source_retire(engine, err);
    if (strcmp(action->name, "release-target") == 0)
        return engine->ops->target_release(engine, err);
    return err_set(err, ERR_INTERNAL, "the retire step has no action '%s'", action->name);
}

const struct step step_retire = {
    .name = "retire",
    .story = "nothing of ours is left; the old data stays, fenced",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
