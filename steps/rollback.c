/* Planning the way of the clients back to the old source. */
#include "steps/rollback.h"

#include "base/str.h"

/* The old source serves, and the target is closed or gone. */
static bool is_back(const struct rollback *seen)
{
    const struct engine_seen *engine = &seen->window.engine;
    return seen->traffic.active == TRAFFIC_AT_SOURCE &&
           seen->traffic.configured == TRAFFIC_AT_SOURCE && !seen->traffic.held &&
           engine->source.server == ENGINE_PRIMARY &&
           (engine->target.server == ENGINE_DOWN || engine->target.fenced);
}

/* The target's copy goes next: a difference is a person's to judge, and on record. */
static bool plan_difference(const struct rollback *seen, struct arena *arena,
                            struct step_plan *plan)
{
    if (!str_equal(seen->compared, "differ"))
        return false;
    if (seen->by_person)
        step_act(plan, "accept", seen->window.source,
                 "put on record that somebody resumed although the two sides differed", 0);
    else
        step_hold(plan, ERR_REFUSED,
                  arena_printf(arena,
                               "the clients are back at the source, but it differs from the closed "
                               "target on '%s' (see 'ece-migrate log'): look at both; 'ece-migrate "
                               "resume' goes on and removes the target's copy",
                               seen->window.target));
    return true;
}

static void plan_comparison(const struct rollback *seen, struct step_plan *plan)
{
    if (seen->compared != NULL || seen->traffic.way != TRAFFIC_BACK || seen->traffic.attempt == 0)
        return;
    if (seen->have_snapshots)
        step_act(plan, "compare-back", seen->window.source,
                 "compare every row of the closed target with the source at the position of the "
                 "cut",
                 0);
    else
        step_act(plan, "cannot-compare", seen->window.source,
                 "put on record that the snapshots of the cut are gone and equality could not be "
                 "shown",
                 0);
}

/* What is left to do behind the switch: the comparison with the closed target, then the guard. */
static void plan_after(const struct rollback *seen, struct arena *arena, struct step_plan *plan)
{
    if (plan_difference(seen, arena, plan))
        return;
    plan_comparison(seen, plan);
    if (seen->traffic.guard_alive)
        step_act(plan, "disarm", seen->proxy, "let the guard go", 0);
    if (seen->traffic.installed)
        step_act(plan, "remove", seen->proxy, "take the guard and its files away", 0);
}

/* An attempt that began and has not come to its end, or left the world between the two sides. */
static bool is_unfinished(const struct rollback *seen)
{
    const struct engine_seen *engine = &seen->window.engine;
    bool between =
        seen->traffic.held || engine->target.fenced || engine->source.server == ENGINE_PRIMARY ||
        seen->traffic.configured != TRAFFIC_AT_TARGET || seen->traffic.active != TRAFFIC_AT_TARGET;
    bool open = seen->traffic.attempt > 0 && seen->traffic.outcome == TRAFFIC_NO_OUTCOME &&
                seen->traffic.decision != TRAFFIC_UNDECIDED;
    return between || open;
}

static void plan_unfinished(const struct rollback *seen, struct arena *arena,
                            struct step_plan *plan)
{
    if (seen->traffic.guard_alive)
        step_wait(plan, 200, "the guard is at work on the proxy host");
    else if (seen->traffic.way != TRAFFIC_BACK)
        step_hold(plan, ERR_FOREIGN,
                  "the clients are between both sides, although no attempt of the rollback began: "
                  "see to the proxy and both servers");
    else if (seen->traffic.outcome == TRAFFIC_HELD && !seen->by_person)
        step_hold(plan, ERR_HELD,
                  arena_printf(arena,
                               "both sides are closed to writes and clients wait: %s; mend it and "
                               "run 'ece-migrate resume'",
                               seen->traffic.reason));
    else
        step_act(plan, "finish", seen->proxy,
                 "obey the decision of the interrupted attempt: back to the source, or on at the "
                 "target",
                 0);
}

static void act_attempt(const struct rollback *seen, struct step_plan *plan)
{
    int64_t attempt = seen->traffic.attempt + 1;
    step_act(plan, "install-back", seen->proxy,
             "put the guard's plan with both sides swapped, and the old proxy configuration, on "
             "the proxy host",
             0);
    step_act(plan, "prepare-back", seen->window.target,
             "checkpoint both sides, so that the pause need not; open the old source, which takes "
             "no write before it is promoted",
             0);
    step_act(plan, "arm", seen->proxy, "start the guard; open and warm all its connections",
             attempt);
    step_act(plan, "cut-back", seen->proxy,
             "hold the clients, fence the target and prove it, drain, decide, promote the old "
             "source, switch, release",
             attempt);
}

static void plan_attempt(const struct rollback *seen, struct arena *arena, struct step_plan *plan)
{
    if (seen->tried >= seen->attempts_max && !seen->by_person)
        step_hold(plan, ERR_WAITING,
                  arena_printf(arena,
                               "%lld attempts to go back were called off and clients are at the "
                               "target, the last because %s",
                               (long long)seen->tried, seen->traffic.reason));
    else if (!window_is_kept(&seen->window))
        step_wait(plan, 500,
                  arena_printf(arena, "the rollback waits until the old source is in step: %s",
                               seen->window.text));
    else if (seen->wait_ms > 0)
        step_wait(plan, seen->wait_ms,
                  arena_printf(arena,
                               "attempt %lld to go back was called off: %s; clients are at the "
                               "target; next attempt soon",
                               (long long)seen->traffic.attempt, seen->traffic.reason));
    else
        act_attempt(seen, plan);
}

/* The old source, once it was opened for an attempt, stays open between attempts: as a standby it
 * takes no write. */
static bool plan_link(const struct rollback *seen, struct arena *arena, struct step_plan *plan)
{
    struct window window = seen->window;
    window.engine.source.fenced = true;
    return window_plan_keep(&window, arena, plan);
}

void rollback_plan(const struct rollback *seen, struct arena *arena, struct step_plan *plan)
{
    const char *refusal = window_refusal(&seen->window, arena);
    if (is_back(seen)) {
        plan_after(seen, arena, plan);
        return;
    }
    if (is_unfinished(seen)) {
        plan_unfinished(seen, arena, plan);
        return;
    }
    /* A guard that was armed and never told to cut holds nobody: it is let go. */
    if (seen->traffic.guard_alive) {
        step_act(plan, "disarm", seen->proxy, "let the guard of an attempt that never began go", 0);
        return;
    }
    if (refusal != NULL) {
        plan->verdict = STEP_LATE;
        plan->reason = refusal;
        return;
    }
    if (!plan_link(seen, arena, plan))
        plan_attempt(seen, arena, plan);
}
