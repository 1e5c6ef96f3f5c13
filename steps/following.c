/* The watch over replication between its start and the cutover. */
#include "steps/following.h"

#include <string.h>

static const char *trend(const struct rate *rate)
{
    int64_t speed = rate_per_s(rate);
    return speed > 1024 ? "growing" : speed < -1024 ? "shrinking" : "steady";
}

static const char *lag_text(struct step_ctx *ctx, const struct engine_seen *seen)
{
    if (seen->lag_bytes < 0)
        return "lag unknown";
    rate_add(ctx->rate, clock_mono_us(&ctx->clock), seen->lag_bytes);
    char bytes[STR_HUMAN], time[STR_HUMAN];
    str_bytes(bytes, (uint64_t)seen->lag_bytes);
    str_duration_ms(time, seen->lag_ms < 0 ? 0 : seen->lag_ms);
    return arena_printf(ctx->arena, "lag %s, %s, %s", bytes,
                        seen->lag_ms < 0 ? "age unknown" : time, trend(ctx->rate));
}

/* A dry run plans the later phases on what the earlier ones will have made: a standby that streams
 * and is level. */
static void assume_following(struct engine_seen *seen)
{
    seen->source.slot = ENGINE_PRESENT;
    seen->source.slot_lost = false;
    seen->source.held_bytes = 0;
    seen->target.server = ENGINE_STANDBY;
    seen->target.streaming = true;
    seen->lag_bytes = seen->lag_ms = 0;
}

int following_see(struct step_ctx *ctx, struct following *out, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (engine->ops->see(engine, ctx->arena, &out->engine, err) < 0)
        return -1;
    if (ctx->dry)
        assume_following(&out->engine);
    out->source = ctx->service->source.host->name;
    out->target = ctx->service->target.host->name;
    out->max_lag_bytes = ctx->service->limits.max_lag_bytes;
    out->max_held_bytes = ctx->service->limits.max_held_wal_bytes;
    out->text = lag_text(ctx, &out->engine);
    out->stalled = out->engine.target.server == ENGINE_STANDBY && !out->engine.target.streaming;
    step_note_sample(ctx, "lag_bytes", out->engine.lag_bytes);
    step_note_sample(ctx, "lag_ms", out->engine.lag_ms);
    step_note_sample(ctx, "held_bytes", out->engine.source.held_bytes);
    return 0;
}

static bool plan_slot(const struct following *seen, struct arena *arena, struct step_plan *plan)
{
    char held[STR_HUMAN], limit[STR_HUMAN];
    str_bytes(limit, (uint64_t)seen->max_held_bytes);
    if (seen->engine.source.slot_lost || seen->engine.source.slot == ENGINE_ABSENT) {
        step_hold(
            plan, ERR_WAITING,
            arena_printf(arena,
                         "the slot on '%s' was given up because it held more than %s of log back; "
                         "the copy must begin "
                         "again: run 'ece-migrate abort', make room, and start a new migration",
                         seen->source, limit));
        return true;
    }
    if (seen->engine.source.held_bytes <= seen->max_held_bytes)
        return false;
    step_act(plan, "let-go", seen->source,
             arena_printf(arena,
                          "drop our slot: it holds %s of log back, more than %s; rather a new copy "
                          "than a full disk",
                          str_bytes(held, (uint64_t)seen->engine.source.held_bytes), limit),
             0);
    return true;
}

bool following_plan(const struct following *seen, struct arena *arena, struct step_plan *plan)
{
    if (plan_slot(seen, arena, plan))
        return true;
    switch (seen->engine.target.server) {
    case ENGINE_STANDBY:
        break;
    case ENGINE_STARTING:
        step_wait(plan, 500, "the standby is starting");
        return true;
    case ENGINE_DOWN:
        step_act(plan, "follow", seen->target, "start the standby again", 0);
        return true;
    case ENGINE_PRIMARY:
        step_hold(
            plan, ERR_FOREIGN,
            arena_printf(arena,
                         "the server on '%s' is a primary, although nobody asked us to promote it",
                         seen->target));
        return true;
    }
    if (seen->stalled) {
        step_act(plan, "kick", seen->target, "make the standby connect to the source anew", 0);
        return true;
    }
    return false;
}

int following_apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (strcmp(action->name, "follow") == 0)
        return engine->ops->follow_start(engine, err);
    if (strcmp(action->name, "let-go") == 0)
        return engine->ops->slot_drop(engine, err);
    if (strcmp(action->name, "kick") == 0) {
        if (engine->ops->follow_kick(engine, err) < 0)
            return -1;
        /* A link needs a moment to come up: without it we would kick it again before it stands. */
        clock_sleep_ms(&ctx->clock, 1000);
        return 0;
    }
    return err_set(err, ERR_INTERNAL, "phase '%s' has no action '%s'", ctx->track, action->name);
}
