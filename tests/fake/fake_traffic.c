/* The traffic port in memory: a guard whose critical section takes no time, and that can die at
 * either side of its decision. */
#include <string.h>

#include "tests/fake/fake.h"

static struct fake *world_of(struct traffic *traffic)
{
    return (struct fake *)((char *)traffic - offsetof(struct fake, traffic));
}

static int check(struct traffic *traffic, struct findings *out, struct err *err)
{
    (void)traffic;
    (void)err;
    findings_add(out, FINDING_PASS, "pool_mode", "orders", NULL, "transaction pooling");
    return 0;
}

static int see(struct traffic *traffic, struct arena *arena, struct traffic_seen *out,
               struct err *err)
{
    (void)arena;
    (void)err;
    struct fake *fake = world_of(traffic);
    fake_settle(fake);
    *out = (struct traffic_seen){
        .configured = fake->proxy.points,
        .active = fake->proxy.points,
        .held = fake->proxy.held,
        .installed = fake->proxy.installed,
        .guard_alive = fake->proxy.guard,
        .attempt = fake->proxy.attempt,
        .way = fake->proxy.way,
        .decision = fake->proxy.decision,
        .outcome = fake->proxy.outcome,
        .reason = fake->proxy.reason,
        .timeline = "",
        .final_position = fake->proxy.outcome == TRAFFIC_SWITCHED ? "0/F4240" : "",
    };
    return 0;
}

static int install(struct traffic *traffic, enum traffic_way way, const char *kit, struct err *err)
{
    (void)kit;
    struct fake *fake = world_of(traffic);
    int fault = fake_call(fake, way == TRAFFIC_FORTH ? "install" : "install-back", "app", err);
    if (fault < 0)
        return -1;
    enum traffic_points from = way == TRAFFIC_FORTH ? TRAFFIC_AT_SOURCE : TRAFFIC_AT_TARGET;
    if (fake->proxy.points != from)
        return err_set(err, ERR_REFUSED, "the clients are not where such an attempt begins");
    fake->proxy.plan_way = way;
    fake->proxy.installed = true;
    return fault == 0 ? 0 : -1;
}

static int arm(struct traffic *traffic, int64_t attempt, struct err *err)
{
    struct fake *fake = world_of(traffic);
    int fault = fake_call(fake, "arm", "app", err);
    if (fault < 0)
        return -1;
    fake->proxy.guard = true;
    fake->proxy.attempt = attempt;
    fake->proxy.way = fake->proxy.plan_way;
    fake->proxy.decision = TRAFFIC_UNDECIDED;
    fake->proxy.outcome = TRAFFIC_NO_OUTCOME;
    fake->proxy.reason = "";
    return fault == 0 ? 0 : -1;
}

static void switch_back(struct fake *fake)
{
    fake->target.fenced = true;
    fake->source.replayed = fake->target.written;
    fake->proxy.decision = TRAFFIC_COMMIT;
    fake->source.server = ENGINE_PRIMARY;
    fake->proxy.points = TRAFFIC_AT_SOURCE;
    fake->proxy.held = false;
    fake->proxy.outcome = TRAFFIC_SWITCHED;
}

static void switch_over(struct fake *fake)
{
    if (fake->proxy.way == TRAFFIC_BACK) {
        switch_back(fake);
        return;
    }
    fake->source.fenced = true;
    fake->target.applied = fake->source.position;
    fake->proxy.decision = TRAFFIC_COMMIT;
    fake->target.server = ENGINE_PRIMARY;
    fake->proxy.points = TRAFFIC_AT_TARGET;
    fake->proxy.held = false;
    fake->proxy.outcome = TRAFFIC_SWITCHED;
}

static void return_clients(struct fake *fake)
{
    if (fake->proxy.way == TRAFFIC_FORTH)
        fake->source.fenced = false;
    else
        fake->target.fenced = false;
    fake->proxy.held = false;
    fake->proxy.decision = TRAFFIC_CALL_OFF;
    fake->proxy.outcome = TRAFFIC_RETURNED;
    fake->proxy.reason = "session 4711 of user 'app' was in a transaction for 400 ms";
}

static int cut(struct traffic *traffic, traffic_watch *watch, void *arg, struct arena *arena,
               enum traffic_outcome *outcome, const char *const **snapshots, struct err *err)
{
    (void)watch;
    (void)arg;
    struct fake *fake = world_of(traffic);
    int fault = fake_call(fake, "cut", "app", err);
    if (fault < 0)
        return -1;
    int *call_off =
        fake->proxy.way == TRAFFIC_FORTH ? &fake->call_off_attempts : &fake->call_off_back;
    if (*call_off > 0) {
        (*call_off)--;
        return_clients(fake);
    } else {
        switch_over(fake);
    }
    *outcome = fake->proxy.outcome;
    const char **list = ARENA_ARRAY(arena, const char *, 2);
    list[0] = "orders=00000003-1";
    *snapshots = list;
    /* The orchestrator died with its voice: the guard goes with it. */
    if (fault > 0)
        fake->proxy.guard = false;
    return fault == 0 ? 0 : -1;
}

static int disarm(struct traffic *traffic, struct err *err)
{
    struct fake *fake = world_of(traffic);
    int fault = fake_call(fake, "disarm", "app", err);
    if (fault < 0)
        return -1;
    fake->proxy.guard = false;
    return fault == 0 ? 0 : -1;
}

static int finish(struct traffic *traffic, struct arena *arena, enum traffic_outcome *outcome,
                  struct err *err)
{
    (void)arena;
    struct fake *fake = world_of(traffic);
    int fault = fake_call(fake, "finish", "app", err);
    if (fault < 0)
        return -1;
    if (fake->proxy.decision == TRAFFIC_COMMIT)
        switch_over(fake);
    else
        return_clients(fake);
    *outcome = fake->proxy.outcome;
    return fault == 0 ? 0 : -1;
}

static int remove_guard(struct traffic *traffic, struct err *err)
{
    struct fake *fake = world_of(traffic);
    int fault = fake_call(fake, "remove-guard", "app", err);
    if (fault < 0)
        return -1;
    fake->proxy.installed = fake->proxy.guard = false;
    return fault == 0 ? 0 : -1;
}

const struct traffic_ops fake_traffic_ops = {
    .name = "fake",
    .check = check,
    .see = see,
    .install = install,
    .arm = arm,
    .cut = cut,
    .disarm = disarm,
    .finish = finish,
    .remove = remove_guard,
};
