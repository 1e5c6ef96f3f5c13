/*
 * Services: the network track stands here while the services move. It renews the gateways' leases
 * and heals the tunnel when it dies; it is done when no service track is under way any more.
 */
#include "steps/path.h"

#define LOOK_EVERY_MS 5000

struct services_seen {
    struct path_seen up;
    size_t open;
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct services_seen *seen = ARENA_NEW(ctx->arena, struct services_seen);
    seen->open = ctx->services_open;
    *out_seen = seen;
    if (seen->open == 0)
        return 0;
    return path_see(ctx, &seen->up, err);
}

/* The lease is renewed when a third of it is used up, so two renewals may be missed before it ends.
 */
static bool lease_is_old(const struct path_seen *up)
{
    for (int side = 0; side < TUNNEL_SIDES; side++)
        if (up->tunnel.side[side].lease_left_s * 3 < (int64_t)up->lease_s * 2)
            return true;
    return false;
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct services_seen *seen = what;
    if (seen->open == 0)
        return 0;
    const char *waiting = arena_printf(arena, "%zu service track%s under way", seen->open,
                                       seen->open == 1 ? " is" : "s are");
    /* On the way back the services need no tunnel: nothing is healed for them. */
    if (goal == STEP_ABSENT) {
        step_wait(plan, 500, waiting);
        return 0;
    }
    path_plan_up(&seen->up, arena, plan);
    if (plan->verdict == STEP_DONE && lease_is_old(&seen->up))
        step_act(plan, "renew", "both gateways", "start the gateways' leases anew", 0);
    if (plan->verdict == STEP_DONE)
        step_wait(plan, LOOK_EVERY_MS, waiting);
    return 0;
}

const struct step step_services = {
    .name = "services",
    .story = "keep the tunnel alive while the services move",
    .observe = observe,
    .plan = plan,
    .apply = path_apply,
};
