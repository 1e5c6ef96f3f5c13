/* The engine port in memory. */
#include <string.h>

#include "tests/fake/fake.h"

static struct fake *world_of(struct engine *engine)
{
    return (struct fake *)((char *)engine - offsetof(struct fake, engine));
}

/* For a slot that only sets things: the call, its effect, and a fault on either side of it. */
#define EFFECT(fake, slot, object, statements)                                                     \
    do {                                                                                           \
        int fault_ = fake_call((fake), (slot), (object), err);                                     \
        if (fault_ < 0)                                                                            \
            return -1;                                                                             \
        statements;                                                                                \
        return fault_ == 0 ? 0 : -1;                                                               \
    } while (0)

static int check(struct engine *engine, struct findings *out, struct err *err)
{
    (void)err;
    (void)engine;
    findings_add(out, FINDING_PASS, "versions", "orders", NULL,
                 "both sides have the same major version");
    return 0;
}

static void see_source(const struct fake *fake, struct engine_seen *out)
{
    out->source.server = fake->source.server;
    out->source.fenced = fake->source.fenced;
    out->source.access = fake->source.access ? ENGINE_PRESENT : ENGINE_ABSENT;
    out->source.slot = fake->source.slot ? ENGINE_PRESENT : ENGINE_ABSENT;
    out->source.position = (uint64_t)fake->source.position;
    out->source.held_bytes = fake->source.slot ? fake->source.position - fake->target.applied : 0;
    out->source.size_bytes = fake->source.size;
    out->source.config_hash = fake->source.config;
}

static void see_back(const struct fake *fake, struct engine_seen *out)
{
    out->target.fenced = fake->target.fenced;
    out->back.rewind_error = "could not find previous WAL record";
    out->back.access = fake->target.slot ? ENGINE_PRESENT : ENGINE_ABSENT;
    out->back.rewind = fake->source.rewind;
    out->back.streaming = fake_follows_back(fake);
    out->back.lag_bytes = out->back.lag_ms = -1;
    if (fake->source.server != ENGINE_STANDBY || fake->target.server != ENGINE_PRIMARY)
        return;
    out->back.lag_bytes = fake->target.written - fake->source.replayed;
    out->back.lag_ms = out->back.lag_bytes * 1000 / fake->source.write_rate;
    out->back.held_bytes = fake->target.slot ? out->back.lag_bytes : 0;
}

static int see(struct engine *engine, struct arena *arena, struct engine_seen *out, struct err *err)
{
    (void)arena;
    (void)err;
    struct fake *fake = world_of(engine);
    fake_settle(fake);
    memset(out, 0, sizeof(*out));
    see_source(fake, out);
    see_back(fake, out);
    out->target.server = fake->target.server;
    out->target.access = fake->target.access ? ENGINE_PRESENT : ENGINE_ABSENT;
    out->target.copy = fake->target.copy;
    out->target.total_bytes = fake->source.size;
    out->target.copied_bytes =
        (int64_t)((double)fake->source.size * (double)(fake->now_us - fake->target.copy_start_us) /
                  (double)fake->target.copy_takes_us);
    out->target.applied = out->target.received = (uint64_t)fake->target.applied;
    bool tunnel = fake->gateway[0].state == TUNNEL_PEERED &&
                  fake->gateway[1].state == TUNNEL_PEERED && !fake->wan_down;
    out->target.streaming = fake->target.server == ENGINE_STANDBY && tunnel;
    out->target.copy_error = fake->copy_error;
    out->target.canary = fake->target.canary;
    out->lag_bytes = fake->source.position - fake->target.applied;
    return 0;
}

static int grant(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "grant", "sdb",
           fake->source.access = fake->source.slot = fake->target.access = true);
}

static int copy_start(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    if (fake->target.copy == ENGINE_COPY_RUNNING || fake->target.copy == ENGINE_COPY_DONE)
        return 0;
    EFFECT(fake, "copy", "tdb", fake->target.copy = ENGINE_COPY_RUNNING;
           fake->target.copy_start_us = fake->now_us);
}

static int copy_clear(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "clear", "tdb", fake->target.copy = ENGINE_COPY_NONE);
}

static int follow_start(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "follow", "tdb",
           if (fake->target.server == ENGINE_DOWN) fake->target.server = ENGINE_STANDBY);
}

static int follow_kick(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "kick", "tdb", (void)0);
}

static int slot_drop(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "slot-drop", "sdb", fake->source.slot = false);
}

static int canary_write(struct engine *engine, int64_t n, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "canary", "sdb", fake->source.canary = n);
}

static int compare_live(struct engine *engine, struct arena *arena, struct engine_comparison *out,
                        struct err *err)
{
    (void)arena;
    (void)err;
    (void)engine;
    *out = (struct engine_comparison){
        .equal = true, .tables = 3, .rows = 30, .bytes = 300, .what = "3 relations on each side"};
    return 0;
}

static int cutover_prepare(struct engine *engine, enum engine_way way, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "checkpoint", "both",
           fake->source.fenced = fake->source.fenced && way == ENGINE_FORTH);
}

static int kit(struct engine *engine, enum engine_way way, struct arena *arena, struct str *out,
               struct err *err)
{
    (void)engine;
    (void)way;
    (void)arena;
    (void)err;
    str_add(out, "engine=fake\n");
    return 0;
}

static int kit_secret(struct engine *engine, const struct spec_host *host, const char *path,
                      struct err *err)
{
    (void)host;
    (void)path;
    struct fake *fake = world_of(engine);
    EFFECT(fake, "secret", "app", (void)0);
}

static int compare_final(struct engine *engine, enum engine_way way, const char *const *snapshots,
                         struct arena *arena, struct engine_comparison *out, struct err *err)
{
    (void)way;
    (void)snapshots;
    (void)arena;
    struct fake *fake = world_of(engine);
    *out = (struct engine_comparison){.equal = !fake->differ,
                                      .tables = 3,
                                      .rows = 30,
                                      .bytes = 300,
                                      .what = fake->differ ? "table a: 10 rows against 9"
                                                           : "every row"};
    EFFECT(fake, "compare-final", "both", (void)0);
}

static int target_release(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "release", "tdb", fake->target.access = false);
}

static int source_retire(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "retire", "sdb", fake->source.access = fake->source.slot = false;
           fake->source.server = ENGINE_DOWN; fake->source.retired = true;
           fake->source.rewind = ENGINE_COPY_NONE);
}

static int back_grant(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "grant-back", "tdb", fake->target.slot = true);
}

static int back_rewind(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    if (fake->source.rewind == ENGINE_COPY_RUNNING || fake->source.rewind == ENGINE_COPY_DONE)
        return 0;
    EFFECT(fake, "rewind", "sdb", fake->source.server = ENGINE_DOWN;
           fake->source.rewind = ENGINE_COPY_RUNNING; fake->source.slot = false;
           fake->source.rewind_start_us = fake->now_us);
}

static int back_follow(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "follow-back", "sdb", fake->source.fenced = true;
           if (fake->source.server == ENGINE_DOWN) fake->source.server = ENGINE_STANDBY);
}

static int back_kick(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "kick-back", "sdb", (void)0);
}

static int back_stop(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "stop-back", "tdb", fake->target.slot = false);
}

static int target_abandon(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    bool served = fake->target.server == ENGINE_PRIMARY;
    if (served && (!fake->target.fenced || fake->source.server != ENGINE_PRIMARY))
        return err_set(err, ERR_REFUSED, "the target may hold what clients wrote");
    EFFECT(fake, "abandon", "tdb", fake->target.server = ENGINE_DOWN;
           fake->target.fenced = fake->target.slot = false; fake->target.copy = ENGINE_COPY_NONE;
           fake->target.access = false; fake->target.applied = 0; fake->target.canary = 0);
}

static int revoke(struct engine *engine, struct err *err)
{
    struct fake *fake = world_of(engine);
    EFFECT(fake, "revoke", "sdb",
           fake->source.access = fake->source.slot = fake->source.fenced = false;
           fake->source.rewind = ENGINE_COPY_NONE);
}

const struct engine_ops fake_engine_ops = {
    .name = "fake",
    .check = check,
    .see = see,
    .grant = grant,
    .copy_start = copy_start,
    .copy_clear = copy_clear,
    .follow_start = follow_start,
    .follow_kick = follow_kick,
    .slot_drop = slot_drop,
    .canary_write = canary_write,
    .compare_live = compare_live,
    .cutover_prepare = cutover_prepare,
    .kit = kit,
    .kit_secret = kit_secret,
    .compare_final = compare_final,
    .back_grant = back_grant,
    .back_rewind = back_rewind,
    .back_follow = back_follow,
    .back_kick = back_kick,
    .back_stop = back_stop,
    .target_release = target_release,
    .source_retire = source_retire,
    .target_abandon = target_abandon,
    .revoke = revoke,
};
