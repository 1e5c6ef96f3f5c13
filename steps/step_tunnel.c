/*
 * The tunnel: made, connected and proved; or removed, and its absence proved.
 */
#include "steps/path.h"

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct path_seen *seen = ARENA_NEW(ctx->arena, struct path_seen);
    *out_seen = seen;
    return path_see(ctx, seen, err);
}

/* A dry run plans the end on what the beginning will have made. */
static void assume_up(struct path_seen *seen)
{
    for (int side = 0; side < TUNNEL_SIDES; side++) {
        seen->tunnel.side[side].state = TUNNEL_PEERED;
        seen->have_before[side] = true;
    }
}

static void plan_down(const struct path_seen *seen, struct step_plan *plan)
{
    for (int side = 0; side < TUNNEL_SIDES; side++)
        if (seen->tunnel.side[side].state != TUNNEL_ABSENT)
            step_act(plan, "remove", seen->gateway[side],
                     "take interface, key, routes, rules, watcher and connection entries away",
                     side);
    bool had = seen->have_before[TUNNEL_SOURCE] && seen->have_before[TUNNEL_TARGET];
    if (had && (plan->actions > 0 || !seen->gone))
        step_act(plan, "prove-gone", "both gateways",
                 "compare each gateway with what it was before, and try the flows, which must fail",
                 0);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    struct path_seen seen = *(const struct path_seen *)what;
    if (goal == STEP_ABSENT && seen.dry)
        assume_up(&seen);
    if (goal == STEP_PRESENT)
        path_plan_up(&seen, arena, plan);
    else
        plan_down(&seen, plan);
    return 0;
}

const struct step step_tunnel = {
    .name = "tunnel",
    .story = "a path for replication between the two gateways, and for nothing else",
    .observe = observe,
    .plan = plan,
    .apply = path_apply,
};
