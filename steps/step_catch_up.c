/*
 * Catch up: the lag falls below its limit and a canary, a row written at the source, arrives at the
 * target. Without the canary a lag of zero could be a lag that nobody measures.
 */
#include <stdlib.h>
#include <string.h>

#include "steps/following.h"

#define LOOK_EVERY_MS 500

struct catch_up_seen {
    struct following following;
    int64_t canary_sent; /* the number of the one we wrote; 0 none yet */
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct catch_up_seen *seen = ARENA_NEW(ctx->arena, struct catch_up_seen);
    const char *sent = step_fact(ctx, "canary");
    seen->canary_sent = sent == NULL ? 0 : strtoll(sent, NULL, 10);
    *out_seen = seen;
    return following_see(ctx, &seen->following, err);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct catch_up_seen *seen = what;
    const struct following *following = &seen->following;
    if (goal == STEP_ABSENT || following_plan(following, arena, plan))
        return 0;
    if (seen->canary_sent == 0) {
        step_act(plan, "canary", following->source,
                 "write a canary row at the source that must arrive", 1);
        return 0;
    }
    if (following->engine.lag_bytes < 0 || following->engine.lag_bytes > following->max_lag_bytes) {
        char limit[STR_HUMAN];
        step_wait(plan, LOOK_EVERY_MS,
                  arena_printf(arena, "%s; going on below %s", following->text,
                               str_bytes(limit, (uint64_t)following->max_lag_bytes)));
        return 0;
    }
    if (following->engine.target.canary < seen->canary_sent)
        step_wait(plan, LOOK_EVERY_MS,
                  arena_printf(arena, "canary %lld has not arrived yet; %s",
                               (long long)seen->canary_sent, following->text));
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    if (strcmp(action->name, "canary") != 0)
        return following_apply(ctx, action, err);
    struct engine *engine = step_engine(ctx);
    if (engine->ops->canary_write(engine, action->number, err) < 0)
        return -1;
    step_note_fact(ctx, "canary", arena_printf(ctx->arena, "%lld", (long long)action->number));
    return 0;
}

const struct step step_catch_up = {
    .name = "catch-up",
    .story = "the target is as good as level with the source, and a canary proved it",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
