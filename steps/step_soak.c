/*
 * Soak: the fenced source and the target are compared row by row at the position of the cut, with
 * the snapshots that the guard exported while clients waited. When the guard is gone (we were
 * restarted) those snapshots are gone too: that is put on record as a warning, never as a pass.
 *
 * Where a rollback window is asked for, the old source is then kept in step with the target until
 * the window ends. The goal absent, a rollback, waits until it is in step; the track then goes back
 * to the cutover, which takes the clients back.
 */
#include <string.h>

#include "steps/final.h"
#include "steps/window.h"

#define LOOK_EVERY_MS 2000

struct soak_seen {
    struct traffic_seen traffic;
    struct window window;
    bool compared; /* or put on record as not comparable */
    bool have_snapshots;
    bool turned; /* the rollback is on record */
    const char *target, *proxy;
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct soak_seen *seen = ARENA_NEW(ctx->arena, struct soak_seen);
    struct traffic *traffic = step_traffic(ctx);
    seen->compared = step_fact(ctx, "compared.final") != NULL;
    seen->turned = step_fact(ctx, "rollback") != NULL;
    seen->target = ctx->service->target.host->name;
    seen->proxy = ctx->service->traffic.host->name;
    *out_seen = seen;
    if (traffic->ops->see(traffic, ctx->arena, &seen->traffic, err) < 0)
        return -1;
    if (window_see(ctx, &seen->window, err) < 0)
        return -1;
    seen->have_snapshots = step_fact(ctx, "cutover.snapshots") != NULL && seen->traffic.guard_alive;
    if (ctx->dry)
        seen->have_snapshots = seen->traffic.guard_alive = true;
    return 0;
}

/* Returns true when the comparison, or the guard that holds its snapshots, is not over. */
static bool plan_compare(const struct soak_seen *seen, struct step_plan *plan)
{
    if (!seen->compared && seen->have_snapshots)
        step_act(
            plan, "compare", seen->target,
            "compare every row of the fenced source with the target at the position of the cut", 0);
    else if (!seen->compared)
        step_act(
            plan, "cannot-compare", seen->target,
            "put on record that the snapshots of the cut are gone and equality could not be shown",
            0);
    if (seen->traffic.guard_alive)
        step_act(plan, "disarm", seen->proxy, "let the guard go", 0);
    return plan->actions > 0;
}

/* Until when, and how far behind the old source is. */
static const char *window_text(const struct window *window, struct arena *arena)
{
    char until[CLOCK_TEXT], left[STR_HUMAN];
    int64_t left_ms = (window->ends_us - window->now_us) / 1000;
    return arena_printf(arena, "the rollback window is open until %s (%s); %s",
                        clock_text(until, window->ends_us),
                        str_duration_ms(left, left_ms < 0 ? 0 : left_ms), window->text);
}

static void plan_present(const struct soak_seen *seen, struct arena *arena, struct step_plan *plan)
{
    const struct window *window = &seen->window;
    bool comparing = plan_compare(seen, plan);
    if (!window_is_open(window) || (comparing && !window->dry))
        return;
    if (window_plan_end(window, arena, plan) || window_plan_keep(window, arena, plan))
        return;
    step_wait(plan, LOOK_EVERY_MS, window_text(window, arena));
}

static void plan_absent(const struct soak_seen *seen, struct arena *arena, struct step_plan *plan)
{
    const struct window *window = &seen->window;
    const char *refusal = window_refusal(window, arena);
    if (refusal != NULL) {
        plan->verdict = STEP_LATE;
        plan->reason = refusal;
        return;
    }
    if (plan_compare(seen, plan) || window_plan_keep(window, arena, plan))
        return;
    if (!window_is_kept(window))
        step_wait(plan, 500,
                  arena_printf(arena, "the rollback waits until the old source is in step: %s",
                               window->text));
    else if (!seen->turned)
        step_act(plan, "turn-back", seen->proxy,
                 "put on record that the clients are taken back to the old source", 0);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    if (goal == STEP_PRESENT)
        plan_present(what, arena, plan);
    else
        plan_absent(what, arena, plan);
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct traffic *traffic = step_traffic(ctx);
    if (strcmp(action->name, "compare") == 0)
        return final_compare(ctx, ENGINE_FORTH, step_fact(ctx, "cutover.snapshots"),
                             "compared.final", "compared-final", err);
    if (strcmp(action->name, "cannot-compare") == 0) {
        final_unknown(ctx, "compared.final", "compared-final");
        return 0;
    }
    if (strcmp(action->name, "disarm") == 0)
        return traffic->ops->disarm(traffic, err);
    if (strcmp(action->name, "turn-back") == 0) {
        step_note_fact(ctx, "rollback", "begun");
        return 0;
    }
    return window_apply(ctx, action, err);
}

const struct step step_soak = {
    .name = "soak",
    .story = "both sides were equal at the position of the cut; a rollback window has ended",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
