/*
 * Seed: the target pulls a base backup from the source, straight through the tunnel, as a job that
 * outlives us. The goal absent takes the copy away again and leaves the source as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "steps/step.h"

#define LOOK_EVERY_MS  1000
#define COPY_TRIES_MAX 8

struct seed_seen {
    struct engine_seen engine;
    const char *progress; /* in words, while the copy runs */
    int64_t tries;        /* copies begun since a person last acted */
    int64_t wait_ms;      /* before the next one */
    const char *source, *target;
};

static const char *progress_text(struct step_ctx *ctx, const struct engine_seen *seen)
{
    rate_add(ctx->rate, clock_mono_us(&ctx->clock), seen->target.copied_bytes);
    int64_t rate = rate_per_s(ctx->rate);
    int64_t left = rate_seconds_to(ctx->rate, seen->target.total_bytes);
    char copied[STR_HUMAN], total[STR_HUMAN], speed[STR_HUMAN], time[STR_HUMAN];
    str_bytes(copied, (uint64_t)seen->target.copied_bytes);
    if (seen->target.total_bytes <= 0 || rate <= 0 || left < 0)
        return arena_printf(ctx->arena, "copying: %s", copied);
    str_bytes(total, (uint64_t)seen->target.total_bytes);
    str_bytes(speed, (uint64_t)rate);
    str_duration_ms(time, left * 1000);
    return arena_printf(ctx->arena, "copying: %s of %s, %s/s, %s left", copied, total, speed, time);
}

static int64_t number_fact(const struct step_ctx *ctx, const char *name)
{
    const char *text = step_fact(ctx, name);
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

/* Somebody resumed: what broke may be mended, so the copies are counted anew. */
static void see_tries(const struct step_ctx *ctx, struct seed_seen *seen)
{
    if (ctx->first_look)
        return;
    seen->tries = number_fact(ctx, "copy.tries");
    int64_t since_us = clock_wall_us(&ctx->clock) - number_fact(ctx, "copy.tried_at_us");
    seen->wait_ms = step_pause_ms(seen->tries) - since_us / 1000;
}

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct seed_seen *seen = ARENA_NEW(ctx->arena, struct seed_seen);
    struct engine *engine = step_engine(ctx);
    if (engine->ops->see(engine, ctx->arena, &seen->engine, err) < 0)
        return -1;
    seen->source = ctx->service->source.host->name;
    seen->target = ctx->service->target.host->name;
    see_tries(ctx, seen);
    if (seen->engine.target.copy == ENGINE_COPY_RUNNING) {
        seen->progress = progress_text(ctx, &seen->engine);
        step_note_sample(ctx, "copied_bytes", seen->engine.target.copied_bytes);
        step_note_sample(ctx, "copy_total_bytes", seen->engine.target.total_bytes);
    }
    *out_seen = seen;
    return 0;
}

static void act_grant(const struct seed_seen *seen, struct step_plan *plan)
{
    step_act(
        plan, "grant", seen->source,
        "make our replication role, pg_hba lines and slot; put the password file on the target", 0);
}

static void act_copy(const struct seed_seen *seen, struct step_plan *plan)
{
    step_act(plan, "copy", seen->target, "start the base backup as a job on the target host", 0);
}

/* Whether what the copy needs of the source is there. */
static bool granted(const struct engine_seen *engine)
{
    return engine->source.access == ENGINE_PRESENT && engine->source.slot == ENGINE_PRESENT &&
           engine->target.access == ENGINE_PRESENT && !engine->source.slot_lost;
}

static bool hold_foreign(const struct seed_seen *seen, struct arena *arena, struct step_plan *plan)
{
    if (seen->engine.source.access == ENGINE_FOREIGN || seen->engine.source.slot == ENGINE_FOREIGN)
        step_hold(plan, ERR_FOREIGN,
                  arena_printf(arena, "on '%s' a role or slot with our name is somebody else's",
                               seen->source));
    else if (seen->engine.target.copy == ENGINE_COPY_FOREIGN)
        step_hold(plan, ERR_FOREIGN,
                  arena_printf(arena, "the data directory on '%s' holds data that is not ours",
                               seen->target));
    return plan->verdict == STEP_HOLD;
}

/* A copy that broke is begun again after a pause, for a path that was cut comes back; not on a full
 * disk, and not for ever: then a person is asked. Returns true when nothing is to be done now. */
static bool plan_broken(const struct seed_seen *seen, struct arena *arena, struct step_plan *plan)
{
    const char *why = seen->engine.target.copy_error;
    if (seen->tries == 0)
        return false;
    if (strstr(why, "No space left on device") != NULL) {
        step_hold(plan, ERR_WAITING,
                  arena_printf(arena,
                               "the disk on '%s' is full: %s; make room there and run "
                               "'ece-migrate resume', or take the migration back",
                               seen->target, why));
        return true;
    }
    if (seen->tries >= COPY_TRIES_MAX) {
        step_hold(plan, ERR_WAITING,
                  arena_printf(arena, "%lld copies in a row ended badly on '%s', the last with: %s",
                               (long long)seen->tries, seen->target, why));
        return true;
    }
    if (seen->wait_ms > 0)
        step_wait(plan, seen->wait_ms,
                  arena_printf(arena, "copy %lld ended badly: %s; it is begun again soon",
                               (long long)seen->tries, why));
    return seen->wait_ms > 0;
}

static void plan_present(const struct seed_seen *seen, struct arena *arena, struct step_plan *plan)
{
    if (hold_foreign(seen, arena, plan))
        return;
    switch (seen->engine.target.copy) {
    case ENGINE_COPY_DONE:
        return;
    case ENGINE_COPY_RUNNING:
        step_wait(plan, LOOK_EVERY_MS, seen->progress);
        return;
    case ENGINE_COPY_BROKEN:
        if (plan_broken(seen, arena, plan))
            return;
        step_act(plan, "clear", seen->target, "remove what the broken copy left", 0);
        break;
    case ENGINE_COPY_NONE:
    case ENGINE_COPY_FOREIGN:
        break;
    }
    if (!granted(&seen->engine))
        act_grant(seen, plan);
    act_copy(seen, plan);
}

static void plan_absent(const struct seed_seen *seen, struct step_plan *plan)
{
    const struct engine_seen *engine = &seen->engine;
    bool copy =
        engine->target.copy != ENGINE_COPY_NONE && engine->target.copy != ENGINE_COPY_FOREIGN;
    if (copy || engine->target.access == ENGINE_PRESENT || engine->target.access == ENGINE_PARTIAL)
        step_act(plan, "abandon", seen->target,
                 "stop the copy or the standby and remove it; put the configuration back", 0);
    bool ours = engine->source.access == ENGINE_PRESENT ||
                engine->source.access == ENGINE_PARTIAL || engine->source.slot == ENGINE_PRESENT;
    if (ours)
        step_act(plan, "revoke", seen->source,
                 "remove our slot, role and pg_hba lines from the source", 0);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    if (goal == STEP_PRESENT)
        plan_present(what, arena, plan);
    else
        plan_absent(what, plan);
    return 0;
}

/* The configuration as it was is a fact: at the end it must be that again, byte for byte. */
static int grant(struct step_ctx *ctx, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct engine_seen seen;
    if (engine->ops->see(engine, ctx->arena, &seen, err) < 0)
        return -1;
    if (step_fact(ctx, "source.config_hash") == NULL && seen.source.config_hash != NULL)
        step_note_fact(ctx, "source.config_hash", seen.source.config_hash);
    return engine->ops->grant(engine, err);
}

/* What the tunnel was measured to carry decides how the copy is compressed. */
static int copy(struct step_ctx *ctx, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    const char *rate = fact_find(ctx->facts, "network", "tunnel.rate");
    int64_t tries = ctx->first_look ? 0 : number_fact(ctx, "copy.tries");
    step_note_fact(ctx, "copy.tries", arena_printf(ctx->arena, "%lld", (long long)tries + 1));
    step_note_fact(ctx, "copy.tried_at_us",
                   arena_printf(ctx->arena, "%lld", (long long)clock_wall_us(&ctx->clock)));
    engine->path_bytes_per_s = rate == NULL ? 0 : strtoll(rate, NULL, 10);
    return engine->ops->copy_start(engine, err);
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    if (strcmp(action->name, "grant") == 0)
        return grant(ctx, err);
    if (strcmp(action->name, "copy") == 0)
        return copy(ctx, err);
    if (strcmp(action->name, "clear") == 0)
        return engine->ops->copy_clear(engine, err);
    if (strcmp(action->name, "abandon") == 0)
        return engine->ops->target_abandon(engine, err);
    if (strcmp(action->name, "revoke") == 0)
        return engine->ops->revoke(engine, err);
    return err_set(err, ERR_INTERNAL, "the seed step has no action '%s'", action->name);
}

const struct step step_seed = {
    .name = "seed",
    .story = "a base backup of the source lies on the target",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
