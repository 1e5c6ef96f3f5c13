/*
 * Cutover: the clients move. Everything slow happens before; the critical section itself runs in
 * the guard, next to the proxy. It ends in one of three ways: switched; returned (clients go on at
 * the source, nothing lost, tried again after a longer pause); held (both sides closed, a person is
 * needed). What is true is always read from the proxy host and the two servers, never from what we
 * remember.
 *
 * A track that came back here from `soak` takes the clients back to the old source: rollback.h
 * plans that way, the actions are the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "steps/final.h"
#include "steps/following.h"
#include "steps/rollback.h"

struct cutover_seen {
    struct following following;
    struct traffic_seen traffic;
    const char *proxy;
    int attempts_max;
    int64_t wait_ms; /* before the next attempt, after one that was called off */
    bool by_person;  /* somebody resumed: a parked cutover may be tried again */
    int64_t tried;   /* attempts since then */
    bool turned;     /* the track came back from soak: the goal absent is a rollback */
    struct rollback rollback;
};

/* Facts of an attempt, by its way. */
static const struct attempt_facts {
    const char *before, *tried_at, *position, *snapshots, *compared;
} attempt_facts[] = {
    [TRAFFIC_FORTH] = {"cutover.attempts_before", "cutover.tried_at_us", "cutover.position",
                       "cutover.snapshots", "compared.final"},
    [TRAFFIC_BACK] = {"rollback.attempts_before", "rollback.tried_at_us", "rollback.position",
                      "rollback.snapshots", "compared.back"},
};

static int64_t number_fact(const struct step_ctx *ctx, const char *name)
{
    const char *text = step_fact(ctx, name);
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static void see_tries(const struct step_ctx *ctx, enum traffic_way way, int64_t attempt,
                      int64_t *tried, int64_t *wait_ms)
{
    const struct attempt_facts *facts = &attempt_facts[way];
    bool any = step_fact(ctx, facts->before) != NULL;
    *tried = any || way == TRAFFIC_FORTH ? attempt - number_fact(ctx, facts->before) : 0;
    int64_t since_us = clock_wall_us(&ctx->clock) - number_fact(ctx, facts->tried_at);
    int64_t pause = *tried > 0 && !ctx->first_look ? step_pause_ms(*tried) : 0;
    *wait_ms = pause - since_us / 1000;
}

static void see_rollback(struct step_ctx *ctx, struct cutover_seen *seen)
{
    const struct attempt_facts *facts = &attempt_facts[TRAFFIC_BACK];
    struct rollback *back = &seen->rollback;
    *back = (struct rollback){.traffic = seen->traffic,
                              .proxy = seen->proxy,
                              .attempts_max = seen->attempts_max,
                              .by_person = ctx->first_look,
                              .compared = step_fact(ctx, facts->compared),
                              .have_snapshots = step_fact(ctx, facts->snapshots) != NULL &&
                                                seen->traffic.guard_alive};
    see_tries(ctx, TRAFFIC_BACK, seen->traffic.attempt, &back->tried, &back->wait_ms);
    window_fill(ctx, &seen->following.engine, &back->window);
}

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct cutover_seen *seen = ARENA_NEW(ctx->arena, struct cutover_seen);
    struct traffic *traffic = step_traffic(ctx);
    *out_seen = seen;
    if (traffic->ops->see(traffic, ctx->arena, &seen->traffic, err) < 0)
        return -1;
    if (following_see(ctx, &seen->following, err) < 0)
        return -1;
    seen->proxy = ctx->service->traffic.host->name;
    seen->attempts_max = ctx->service->limits.cutover_attempts;
    seen->by_person = ctx->first_look;
    see_tries(ctx, TRAFFIC_FORTH, seen->traffic.attempt, &seen->tried, &seen->wait_ms);
    seen->turned = step_fact(ctx, "rollback") != NULL;
    if (seen->turned)
        see_rollback(ctx, seen);
    return 0;
}

static bool is_switched(const struct cutover_seen *seen)
{
    return seen->traffic.active == TRAFFIC_AT_TARGET &&
           seen->traffic.configured == TRAFFIC_AT_TARGET && !seen->traffic.held &&
           seen->following.engine.target.server == ENGINE_PRIMARY;
}

/* An attempt that began and has not come to its end, or left the world between the two sides. */
static bool is_unfinished(const struct cutover_seen *seen)
{
    bool between = seen->traffic.held || seen->following.engine.source.fenced ||
                   seen->following.engine.target.server == ENGINE_PRIMARY ||
                   seen->traffic.configured != TRAFFIC_AT_SOURCE;
    bool open = seen->traffic.attempt > 0 && seen->traffic.outcome == TRAFFIC_NO_OUTCOME &&
                seen->traffic.decision != TRAFFIC_UNDECIDED;
    return between || open;
}

static void act_finish(const struct cutover_seen *seen, struct step_plan *plan)
{
    step_act(plan, "finish", seen->proxy,
             "obey the decision of the interrupted attempt: forward to the target, or back to the "
             "source",
             0);
}

/* Returns true when an attempt is still under way or must be brought to its end first. */
static bool plan_unfinished(const struct cutover_seen *seen, struct arena *arena,
                            struct step_plan *plan)
{
    if (!is_unfinished(seen)) {
        /* A guard that was armed and never told to cut holds nobody: it is let go. */
        if (seen->traffic.guard_alive)
            step_act(plan, "disarm", seen->proxy, "let the guard of an attempt that never began go",
                     0);
        return false;
    }
    if (seen->traffic.guard_alive) {
        step_wait(plan, 200, "the guard is at work on the proxy host");
        return true;
    }
    if (seen->traffic.outcome == TRAFFIC_HELD && !seen->by_person) {
        step_hold(plan, ERR_HELD,
                  arena_printf(arena,
                               "both sides are closed to writes and clients wait: %s; mend it and "
                               "run 'ece-migrate resume'",
                               seen->traffic.reason));
        return true;
    }
    act_finish(seen, plan);
    return true;
}

static void plan_attempt(const struct cutover_seen *seen, struct arena *arena,
                         struct step_plan *plan)
{
    const struct following *following = &seen->following;
    if (seen->tried >= seen->attempts_max && !seen->by_person) {
        step_hold(
            plan, ERR_WAITING,
            arena_printf(
                arena,
                "%lld attempts were called off and clients are at the source, the last because %s",
                (long long)seen->tried, seen->traffic.reason));
        return;
    }
    if (following->engine.lag_bytes < 0 || following->engine.lag_bytes > following->max_lag_bytes) {
        step_wait(plan, 500, following->text);
        return;
    }
    if (seen->wait_ms > 0) {
        step_wait(
            plan, seen->wait_ms,
            arena_printf(
                arena,
                "attempt %lld was called off: %s; clients are at the source; next attempt soon",
                (long long)seen->traffic.attempt, seen->traffic.reason));
        return;
    }
    int64_t attempt = seen->traffic.attempt + 1;
    step_act(plan, "install", seen->proxy,
             "put the guard, its plan and the new proxy configuration on the proxy host", 0);
    step_act(plan, "prepare", following->source,
             "checkpoint both sides, so that the pause need not", 0);
    step_act(plan, "arm", seen->proxy, "start the guard; open and warm all its connections",
             attempt);
    step_act(
        plan, "cut", seen->proxy,
        "hold the clients, fence the source and prove it, drain, decide, promote, switch, release",
        attempt);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct cutover_seen *seen = what;
    if (goal == STEP_ABSENT && seen->turned) {
        rollback_plan(&seen->rollback, arena, plan);
        return 0;
    }
    if (is_switched(seen)) {
        if (goal == STEP_ABSENT) {
            plan->verdict = STEP_LATE;
            plan->reason = "the clients are served by the target already";
        }
        return 0;
    }
    if (plan_unfinished(seen, arena, plan))
        return 0;
    if (goal == STEP_ABSENT) {
        if (seen->traffic.installed)
            step_act(plan, "remove", seen->proxy, "take the guard and its files away", 0);
        return 0;
    }
    if (plan->verdict == STEP_DONE && !following_plan(&seen->following, arena, plan))
        plan_attempt(seen, arena, plan);
    return 0;
}

/* Our role's password, where the guard looks for it. */
static int put_secret(struct step_ctx *ctx, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    return engine->ops->kit_secret(engine, ctx->service->traffic.host,
                                   arena_printf(ctx->arena, "/run/ece-%s/pgpass", ctx->spec->id),
                                   err);
}

static int install(struct step_ctx *ctx, enum traffic_way way, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct traffic *traffic = step_traffic(ctx);
    struct str kit CLEANUP(str_free) = STR_INIT;
    enum engine_way sides = way == TRAFFIC_FORTH ? ENGINE_FORTH : ENGINE_BACK;
    if (engine->ops->kit(engine, sides, ctx->arena, &kit, err) < 0)
        return -1;
    if (traffic->ops->install(traffic, way, str_text(&kit), err) < 0)
        return -1;
    return put_secret(ctx, err);
}

static const char *outcome_name(enum traffic_outcome outcome)
{
    switch (outcome) {
    case TRAFFIC_SWITCHED:
        return "switched";
    case TRAFFIC_RETURNED:
        return "returned";
    case TRAFFIC_HELD:
        return "held";
    case TRAFFIC_NO_OUTCOME:
        break;
    }
    return "unknown";
}

/* What the proxy host wrote down about the attempt goes on record with its timeline. */
static int note_outcome(struct step_ctx *ctx, int64_t attempt, enum traffic_outcome outcome,
                        struct err *err)
{
    struct traffic *traffic = step_traffic(ctx);
    struct traffic_seen seen;
    if (traffic->ops->see(traffic, ctx->arena, &seen, err) < 0)
        return -1;
    bool called_off = outcome == TRAFFIC_RETURNED && seen.reason[0] != '\0';
    const char *name = seen.way == TRAFFIC_FORTH ? "cutover" : "rollback";
    step_note_event(
        ctx, name,
        arena_printf(ctx->arena, "attempt %lld: %s%s%s", (long long)attempt, outcome_name(outcome),
                     called_off ? ": " : "", called_off ? seen.reason : ""),
        seen.timeline[0] == '\0'
            ? NULL
            : arena_printf(ctx->arena, "{\"outcome\":\"%s\",\"position\":\"%s\",\"timeline\":%s}",
                           outcome_name(outcome), seen.final_position, seen.timeline));
    if (seen.final_position[0] != '\0')
        step_note_fact(ctx, attempt_facts[seen.way].position, seen.final_position);
    return 0;
}

static int cut(struct step_ctx *ctx, enum traffic_way way, int64_t attempt, struct err *err)
{
    const struct attempt_facts *facts = &attempt_facts[way];
    struct traffic *traffic = step_traffic(ctx);
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    const char *const *snapshots = NULL;
    step_note_fact(ctx, facts->tried_at,
                   arena_printf(ctx->arena, "%lld", (long long)clock_wall_us(&ctx->clock)));
    if (ctx->first_look || step_fact(ctx, facts->before) == NULL)
        step_note_fact(ctx, facts->before,
                       arena_printf(ctx->arena, "%lld", (long long)attempt - 1));
    if (traffic->ops->cut(traffic, NULL, NULL, ctx->arena, &outcome, &snapshots, err) < 0)
        return -1;
    struct str list CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; snapshots != NULL && snapshots[i] != NULL; i++)
        str_printf(&list, "%s%s", i == 0 ? "" : "\n", snapshots[i]);
    if (list.len > 0)
        step_note_fact(ctx, facts->snapshots, str_text(&list));
    return note_outcome(ctx, attempt, outcome, err);
}

static int finish(struct step_ctx *ctx, struct err *err)
{
    struct traffic *traffic = step_traffic(ctx);
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    /* A proxy host that restarted has lost the password file. Where it cannot be written anew, the
       one that is there may still do. */
    struct err no_secret = ERR_INIT;
    if (put_secret(ctx, &no_secret) < 0)
        log_warn("the guard's password file could not be written anew: %s", no_secret.text);
    if (traffic->ops->finish(traffic, ctx->arena, &outcome, err) < 0)
        return -1;
    return note_outcome(ctx, 0, outcome, err);
}

/* A difference is a fact too: the copy that shows it must not be removed by a mere resume. */
static int compare_back(struct step_ctx *ctx, struct err *err)
{
    const struct attempt_facts *facts = &attempt_facts[TRAFFIC_BACK];
    int result = final_compare(ctx, ENGINE_BACK, step_fact(ctx, facts->snapshots), facts->compared,
                               "compared-back", err);
    if (result < 0 && err->code == ERR_REFUSED)
        step_note_fact(ctx, facts->compared, "differ");
    return result;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct traffic *traffic = step_traffic(ctx);
    if (strcmp(action->name, "install") == 0)
        return install(ctx, TRAFFIC_FORTH, err);
    if (strcmp(action->name, "install-back") == 0)
        return install(ctx, TRAFFIC_BACK, err);
    if (strcmp(action->name, "prepare") == 0)
        return engine->ops->cutover_prepare(engine, ENGINE_FORTH, err);
    if (strcmp(action->name, "prepare-back") == 0)
        return engine->ops->cutover_prepare(engine, ENGINE_BACK, err);
    if (strcmp(action->name, "arm") == 0)
        return traffic->ops->arm(traffic, action->number, err);
    if (strcmp(action->name, "cut") == 0)
        return cut(ctx, TRAFFIC_FORTH, action->number, err);
    if (strcmp(action->name, "cut-back") == 0)
        return cut(ctx, TRAFFIC_BACK, action->number, err);
    if (strcmp(action->name, "disarm") == 0)
        return traffic->ops->disarm(traffic, err);
    if (strcmp(action->name, "finish") == 0)
        return finish(ctx, err);
    if (strcmp(action->name, "remove") == 0)
        return traffic->ops->remove(traffic, err);
    if (strcmp(action->name, "compare-back") == 0)
        return compare_back(ctx, err);
    if (strcmp(action->name, "cannot-compare") == 0) {
        final_unknown(ctx, attempt_facts[TRAFFIC_BACK].compared, "compared-back");
        return 0;
    }
    if (strcmp(action->name, "accept") == 0) {
        step_note_fact(ctx, attempt_facts[TRAFFIC_BACK].compared, "accepted");
        return 0;
    }
    return window_knows(action) ? window_apply(ctx, action, err)
                                : following_apply(ctx, action, err);
}

const struct step step_cutover = {
    .name = "cutover",
    .story = "the clients are served by the target, and only by the target",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
