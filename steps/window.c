/* The rollback window: the old source is rewound, follows the target, and is let go of again. */
#include "steps/window.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_US          INT64_C(3600000000)
#define LOOK_EVERY_MS    2000
#define REWIND_TRIES_MAX 3

static int64_t number_fact(const struct step_ctx *ctx, const char *name)
{
    const char *text = step_fact(ctx, name);
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static const char *lag_text(struct step_ctx *ctx, const struct engine_seen *seen)
{
    char bytes[STR_HUMAN], time[STR_HUMAN];
    if (seen->back.lag_bytes < 0)
        return "the old source does not follow yet";
    str_bytes(bytes, (uint64_t)seen->back.lag_bytes);
    str_duration_ms(time, seen->back.lag_ms < 0 ? 0 : seen->back.lag_ms);
    return arena_printf(ctx->arena, "the old source is %s, %s behind", bytes,
                        seen->back.lag_ms < 0 ? "age unknown" : time);
}

/* Only a request for this service, or for all of them. */
static const char *who_asked_end(const struct step_ctx *ctx)
{
    for (size_t i = 0; i < ctx->requests; i++) {
        const struct request *request = &ctx->request[i];
        if (request->kind == REQUEST_END_WINDOW &&
            (request->track[0] == '\0' || strcmp(request->track, ctx->track) == 0))
            return request->who;
    }
    return NULL;
}

void window_fill(struct step_ctx *ctx, const struct engine_seen *engine, struct window *out)
{
    *out = (struct window){.hours = ctx->service->rollback.window_h,
                           .engine = *engine,
                           .source = ctx->service->source.host->name,
                           .target = ctx->service->target.host->name,
                           .ends_us = number_fact(ctx, "window.ends_us"),
                           .now_us = clock_wall_us(&ctx->clock),
                           .ended = step_fact(ctx, "window.ended"),
                           .asked_end = who_asked_end(ctx),
                           .max_lag_bytes = ctx->service->limits.max_lag_bytes,
                           .max_held_bytes = ctx->service->limits.max_held_wal_bytes,
                           .tries = ctx->first_look ? 0 : number_fact(ctx, "rewind.tries"),
                           .dry = ctx->dry};
    out->text = lag_text(ctx, engine);
    if (out->hours == 0 || engine->back.lag_bytes < 0)
        return;
    step_note_sample(ctx, "back_lag_bytes", engine->back.lag_bytes);
    step_note_sample(ctx, "back_lag_ms", engine->back.lag_ms);
    step_note_sample(ctx, "back_held_bytes", engine->back.held_bytes);
}

int window_see(struct step_ctx *ctx, struct window *out, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct engine_seen seen = {.back.lag_bytes = -1};
    if (ctx->service->rollback.window_h > 0 && engine->ops->see(engine, ctx->arena, &seen, err) < 0)
        return -1;
    window_fill(ctx, &seen, out);
    return 0;
}

bool window_is_open(const struct window *window)
{
    return window->hours > 0 && window->ended == NULL;
}

static bool follows(const struct window *window)
{
    return window->engine.source.server == ENGINE_STANDBY && window->engine.back.streaming;
}

bool window_is_kept(const struct window *window)
{
    const struct engine_seen *seen = &window->engine;
    return window_is_open(window) && seen->target.server == ENGINE_PRIMARY && follows(window) &&
           seen->back.lag_bytes >= 0 && seen->back.lag_bytes <= window->max_lag_bytes;
}

const char *window_refusal(const struct window *window, struct arena *arena)
{
    if (window->hours == 0)
        return "the migration file asks for no rollback window, so the old source was not kept in "
               "step with the target";
    if (window->ended != NULL)
        return arena_printf(arena, "the rollback window is over: %s", window->ended);
    return NULL;
}

static void act_close(struct step_plan *plan, const char *object, const char *why)
{
    step_act(plan, "close-window", object, why, 0);
}

/* The disk under the clients' server is worth more than the way back. */
static bool plan_slot(const struct window *window, struct arena *arena, struct step_plan *plan)
{
    const struct engine_seen *seen = &window->engine;
    char held[STR_HUMAN], limit[STR_HUMAN];
    str_bytes(limit, (uint64_t)window->max_held_bytes);
    if (seen->back.slot_lost)
        act_close(plan, window->target,
                  "the target has thrown away the log that the old source needs");
    else if (seen->back.held_bytes > window->max_held_bytes)
        act_close(plan, window->target,
                  arena_printf(arena,
                               "the old source made the target hold %s of log back, more than %s",
                               str_bytes(held, (uint64_t)seen->back.held_bytes), limit));
    return plan->actions > 0;
}

static void act_grant(const struct window *window, struct step_plan *plan)
{
    step_act(plan, "grant-back", window->target,
             "make a slot for the old source at the target, and give it what it needs to get in",
             0);
}

static void act_rewind(const struct window *window, struct step_plan *plan)
{
    step_act(plan, "rewind", window->source,
             "stop the fenced source and take its data to where the target's history left it, as a "
             "job on its host",
             0);
}

static void act_follow(const struct window *window, struct step_plan *plan)
{
    step_act(plan, "follow-back", window->source,
             "make the old source a standby of the target, closed to everybody but us", 0);
}

/* Returns true when something is to be done or awaited before the old source can be started. */
static bool plan_rewind(const struct window *window, struct arena *arena, struct step_plan *plan)
{
    const char *why = window->engine.back.rewind_error;
    switch (window->engine.back.rewind) {
    case ENGINE_COPY_DONE:
        return false;
    case ENGINE_COPY_RUNNING:
        step_wait(plan, LOOK_EVERY_MS, "the old source is being rewound");
        return true;
    case ENGINE_COPY_BROKEN:
        if (window->tries >= REWIND_TRIES_MAX) {
            step_hold(plan, ERR_WAITING,
                      arena_printf(arena,
                                   "%lld rewinds of the old source on '%s' ended badly, the last "
                                   "with: %s; clients are served by the target; mend it and run "
                                   "'ece-migrate resume', or do without the window: 'ece-migrate "
                                   "approve --end-window'",
                                   (long long)window->tries, window->source, why));
            return true;
        }
        break;
    case ENGINE_COPY_NONE:
    case ENGINE_COPY_FOREIGN:
        break;
    }
    act_rewind(window, plan);
    return true;
}

static bool plan_server(const struct window *window, struct arena *arena, struct step_plan *plan)
{
    switch (window->engine.source.server) {
    case ENGINE_DOWN:
        act_follow(window, plan);
        return true;
    case ENGINE_STARTING:
        step_wait(plan, 500, "the old source is starting as a standby");
        return true;
    case ENGINE_STANDBY:
        break;
    case ENGINE_PRIMARY:
        step_hold(
            plan, ERR_FOREIGN,
            arena_printf(arena,
                         "the old source on '%s' is a primary again, although nobody asked us "
                         "to promote it",
                         window->source));
        return true;
    }
    if (!window->engine.source.fenced) {
        act_follow(window, plan);
        return true;
    }
    if (!window->engine.back.streaming) {
        step_act(plan, "kick-back", window->source,
                 "make the old source connect to the target anew", 0);
        return true;
    }
    return false;
}

static void plan_dry(const struct window *window, struct step_plan *plan)
{
    act_grant(window, plan);
    act_rewind(window, plan);
    act_follow(window, plan);
}

bool window_plan_keep(const struct window *window, struct arena *arena, struct step_plan *plan)
{
    if (window->dry) {
        plan_dry(window, plan);
        return true;
    }
    if (window->engine.target.server != ENGINE_PRIMARY) {
        step_wait(plan, 1000, "the target's server is down or starting");
        return true;
    }
    if (plan_slot(window, arena, plan))
        return true;
    if (window->engine.back.access != ENGINE_PRESENT) {
        act_grant(window, plan);
        if (window->engine.back.rewind == ENGINE_COPY_NONE)
            act_rewind(window, plan);
        return true;
    }
    return plan_rewind(window, arena, plan) || plan_server(window, arena, plan);
}

bool window_plan_end(const struct window *window, struct arena *arena, struct step_plan *plan)
{
    if (!window_is_open(window) || window->dry)
        return false;
    if (window->asked_end != NULL)
        act_close(plan, window->target, arena_printf(arena, "'%s' ended it", window->asked_end));
    else if (window->ends_us > 0 && window->now_us >= window->ends_us)
        act_close(plan, window->target, arena_printf(arena, "its %d h have passed", window->hours));
    return plan->actions > 0;
}

/* The window is counted from when its keeping began: right after the comparison. */
static int grant(struct step_ctx *ctx, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (step_fact(ctx, "window.ends_us") == NULL)
        step_note_fact(ctx, "window.ends_us",
                       arena_printf(ctx->arena, "%lld",
                                    (long long)(clock_wall_us(&ctx->clock) +
                                                ctx->service->rollback.window_h * HOUR_US)));
    return engine->ops->back_grant(engine, err);
}

static int rewind_source(struct step_ctx *ctx, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    int64_t tries = ctx->first_look ? 0 : number_fact(ctx, "rewind.tries");
    step_note_fact(ctx, "rewind.tries", arena_printf(ctx->arena, "%lld", (long long)tries + 1));
    return engine->ops->back_rewind(engine, err);
}

/* The action's story is why. The fact goes with the outcome: before it, the window is open. */
static int close_window(struct step_ctx *ctx, const char *why, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (engine->ops->back_stop(engine, err) < 0)
        return -1;
    step_note_fact(ctx, "window.ended", why);
    step_note_event(ctx, "window", arena_printf(ctx->arena, "the rollback window is over: %s", why),
                    NULL);
    return 0;
}

bool window_knows(const struct step_action *action)
{
    static const char *const names[] = {"grant-back", "rewind", "follow-back", "kick-back",
                                        "close-window"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], action->name) == 0)
            return true;
    return false;
}

int window_apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (strcmp(action->name, "grant-back") == 0)
        return grant(ctx, err);
    if (strcmp(action->name, "rewind") == 0)
        return rewind_source(ctx, err);
    if (strcmp(action->name, "follow-back") == 0)
        return engine->ops->back_follow(engine, err);
    if (strcmp(action->name, "close-window") == 0)
        return close_window(ctx, action->story, err);
    if (strcmp(action->name, "kick-back") == 0) {
        if (engine->ops->back_kick(engine, err) < 0)
            return -1;
        /* A link needs a moment to come up: without it we would kick it again before it stands. */
        clock_sleep_ms(&ctx->clock, 1000);
        return 0;
    }
    return err_set(err, ERR_INTERNAL, "the rollback window has no action '%s'", action->name);
}

void window_findings(const struct spec *spec, struct findings *out)
{
    for (size_t i = 0; i < spec->services; i++) {
        const struct spec_service *service = &spec->service[i];
        struct str regimes CLEANUP(str_free) = STR_INIT;
        for (size_t r = 0; spec->compliance != NULL && spec->compliance[r] != NULL; r++)
            str_printf(&regimes, "%s%s", r == 0 ? "; the data is under " : ", ",
                       spec->compliance[r]);
        if (service->rollback.window_h == 0)
            continue;
        findings_add(
            out, FINDING_WARN, "rollback_window", service->name,
            "leave 'rollback' out of the service if that must not be",
            "for %d h after the cutover all that clients write flows back into the source VPC %s, "
            "which is not the compliant one, and stays there on the old server's disk%s%s",
            service->rollback.window_h, spec->source.cidr, str_text(&regimes),
            regimes.len > 0 ? ", and the migration file acknowledges it" : "");
    }
}
