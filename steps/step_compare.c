/*
 * Compare, while clients write: what can be said then about the two sides. Equality to the last row
 * is proved in `soak`, at the position of the cut.
 */
#include <string.h>

#include "steps/following.h"

struct compare_seen {
    struct following following;
    bool compared;
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct compare_seen *seen = ARENA_NEW(ctx->arena, struct compare_seen);
    seen->compared = step_fact(ctx, "compared.live") != NULL;
    *out_seen = seen;
    return following_see(ctx, &seen->following, err);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct compare_seen *seen = what;
    if (goal == STEP_ABSENT || following_plan(&seen->following, arena, plan))
        return 0;
    if (!seen->compared)
        step_act(plan, "compare", seen->following.target,
                 "compare databases, schemas and relations of both sides while clients write", 0);
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    if (strcmp(action->name, "compare") != 0)
        return following_apply(ctx, action, err);
    struct engine *engine = step_engine(ctx);
    struct engine_comparison found = {0};
    if (engine->ops->compare_live(engine, ctx->arena, &found, err) < 0)
        return -1;
    if (!found.equal)
        return err_set(err, ERR_REFUSED, "the two sides differ: %s", found.what);
    step_note_fact(ctx, "compared.live", found.what);
    step_note_event(ctx, "compared-live",
                    arena_printf(ctx->arena, "%lld relations compared while clients write: %s",
                                 (long long)found.tables, found.what),
                    NULL);
    return 0;
}

const struct step step_compare = {
    .name = "compare",
    .story = "both sides have the same databases, schemas and relations",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
