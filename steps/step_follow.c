/*
 * Follow: the copy becomes a standby of the source and streams. When the source has thrown away
 * what the slot needs, following cannot work any more: a person decides whether to begin again. The
 * goal absent takes the standby away.
 */
#include <string.h>

#include "steps/step.h"

struct follow_seen {
    struct engine_seen engine;
    const char *target;
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct follow_seen *seen = ARENA_NEW(ctx->arena, struct follow_seen);
    struct engine *engine = step_engine(ctx);
    seen->target = ctx->service->target.host->name;
    *out_seen = seen;
    return engine->ops->see(engine, ctx->arena, &seen->engine, err);
}

static void plan_present(const struct follow_seen *seen, struct arena *arena,
                         struct step_plan *plan)
{
    if (seen->engine.source.slot_lost) {
        step_hold(plan, ERR_WAITING,
                  "the source no longer has the log that the standby needs (slot lost): run "
                  "'ece-migrate abort' and "
                  "begin again, with more room for max_held_wal_bytes");
        return;
    }
    switch (seen->engine.target.server) {
    case ENGINE_DOWN:
        step_act(plan, "follow", seen->target,
                 "configure the copy as a standby of the source and start it", 0);
        return;
    case ENGINE_STARTING:
        step_wait(plan, 500, "the standby is starting");
        return;
    case ENGINE_STANDBY:
        if (!seen->engine.target.streaming)
            step_wait(plan, 500, "the standby is connecting to the source");
        return;
    case ENGINE_PRIMARY:
        step_hold(
            plan, ERR_FOREIGN,
            arena_printf(arena,
                         "the server on '%s' is a primary, although nobody asked us to promote it",
                         seen->target));
        return;
    }
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct follow_seen *seen = what;
    if (goal == STEP_PRESENT)
        plan_present(seen, arena, plan);
    else if (seen->engine.target.server != ENGINE_DOWN)
        step_act(plan, "abandon", seen->target,
                 "stop the standby and remove it; put the configuration back", 0);
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (strcmp(action->name, "follow") == 0)
        return engine->ops->follow_start(engine, err);
    if (strcmp(action->name, "abandon") == 0)
        return engine->ops->target_abandon(engine, err);
    return err_set(err, ERR_INTERNAL, "the follow step has no action '%s'", action->name);
}

const struct step step_follow = {
    .name = "follow",
    .story = "the target follows the source",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
