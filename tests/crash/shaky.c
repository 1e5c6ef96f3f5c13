/* The doors, one a slot, and the rules of the real drivers. */
#include "tests/crash/shaky.h"

#include <string.h>

static struct shaky_door door;

void shaky_set_door(const struct shaky_door *who)
{
    door = who == NULL ? (struct shaky_door){0} : *who;
}

static int enter(const char *slot, bool changes, struct err *err)
{
    return door.enter == NULL ? 0 : door.enter(door.arg, slot, changes, err);
}

static int leave(const char *slot, bool changes, int result, struct err *err)
{
    if (door.leave == NULL)
        return result;
    int heard = door.leave(door.arg, slot, changes, result == 0, err);
    return result == 0 ? heard : result;
}

/* One door: the slot's parameters with their types, then without. */
#define DOOR(port, slot, changes, parameters, arguments)                                           \
    static int port##_##slot parameters                                                            \
    {                                                                                              \
        if (enter(#port "." #slot, changes, err) < 0)                                              \
            return -1;                                                                             \
        return leave(#port "." #slot, changes, fake_##port##_ops.slot arguments, err);             \
    }

/* … with a rule of the real driver's, looked at inside. */
#define DOOR_RULE(port, slot, parameters, arguments, broken, why)                                  \
    static int port##_##slot parameters                                                            \
    {                                                                                              \
        if (enter(#port "." #slot, true, err) < 0)                                                 \
            return -1;                                                                             \
        struct shaky *world =                                                                      \
            (struct shaky *)(void *)((char *)port - offsetof(struct fake, port));                  \
        struct fake *fake = &world->fake;                                                          \
        fake_settle(fake);                                                                         \
        if (broken) {                                                                              \
            world->refused++;                                                                      \
            return leave(#port "." #slot, true, err_set(err, ERR_REFUSED, why), err);              \
        }                                                                                          \
        return leave(#port "." #slot, true, fake_##port##_ops.slot arguments, err);                \
    }

DOOR(tunnel, check, false, (struct tunnel * tunnel, struct findings *out, struct err *err),
     (tunnel, out, err))
DOOR(tunnel, see, false,
     (struct tunnel * tunnel, struct arena *arena, struct tunnel_seen *out, struct err *err),
     (tunnel, arena, out, err))
DOOR(tunnel, snapshot, false,
     (struct tunnel * tunnel, enum tunnel_side side, struct arena *arena, const char **out,
      struct err *err),
     (tunnel, side, arena, out, err))
DOOR(tunnel, prepare, true, (struct tunnel * tunnel, enum tunnel_side side, struct err *err),
     (tunnel, side, err))
DOOR(tunnel, connect, true, (struct tunnel * tunnel, struct err *err), (tunnel, err))
DOOR(tunnel, prove, true,
     (struct tunnel * tunnel, struct arena *arena, struct tunnel_proof *out, struct err *err),
     (tunnel, arena, out, err))
DOOR(tunnel, renew, true, (struct tunnel * tunnel, struct err *err), (tunnel, err))
DOOR(tunnel, remove, true, (struct tunnel * tunnel, enum tunnel_side side, struct err *err),
     (tunnel, side, err))
DOOR(tunnel, disprove, true, (struct tunnel * tunnel, struct err *err), (tunnel, err))

DOOR(engine, check, false, (struct engine * engine, struct findings *out, struct err *err),
     (engine, out, err))
DOOR(engine, see, false,
     (struct engine * engine, struct arena *arena, struct engine_seen *out, struct err *err),
     (engine, arena, out, err))
DOOR(engine, grant, true, (struct engine * engine, struct err *err), (engine, err))
DOOR_RULE(engine, copy_start, (struct engine * engine, struct err *err), (engine, err),
          fake->target.copy == ENGINE_COPY_BROKEN, "a broken copy must be cleared first")
DOOR_RULE(engine, copy_clear, (struct engine * engine, struct err *err), (engine, err),
          fake->target.server != ENGINE_DOWN, "the copy is in use by a server that runs")
DOOR(engine, follow_start, true, (struct engine * engine, struct err *err), (engine, err))
DOOR(engine, follow_kick, true, (struct engine * engine, struct err *err), (engine, err))
DOOR(engine, slot_drop, true, (struct engine * engine, struct err *err), (engine, err))
DOOR(engine, canary_write, true, (struct engine * engine, int64_t n, struct err *err),
     (engine, n, err))
DOOR(engine, compare_live, false,
     (struct engine * engine, struct arena *arena, struct engine_comparison *out, struct err *err),
     (engine, arena, out, err))
DOOR(engine, cutover_prepare, true, (struct engine * engine, enum engine_way way, struct err *err),
     (engine, way, err))
DOOR(engine, kit, false,
     (struct engine * engine, enum engine_way way, struct arena *arena, struct str *out,
      struct err *err),
     (engine, way, arena, out, err))
DOOR(engine, kit_secret, true,
     (struct engine * engine, const struct spec_host *host, const char *path, struct err *err),
     (engine, host, path, err))
DOOR(engine, compare_final, true,
     (struct engine * engine, enum engine_way way, const char *const *snapshots,
      struct arena *arena, struct engine_comparison *out, struct err *err),
     (engine, way, snapshots, arena, out, err))
DOOR(engine, back_grant, true, (struct engine * engine, struct err *err), (engine, err))
DOOR_RULE(engine, back_rewind, (struct engine * engine, struct err *err), (engine, err),
          fake->source.server == ENGINE_PRIMARY && !fake->source.fenced,
          "the old source is open for writes: it is not rewound")
DOOR_RULE(engine, back_follow, (struct engine * engine, struct err *err), (engine, err),
          fake->source.rewind != ENGINE_COPY_DONE, "the old source is not rewound")
DOOR(engine, back_kick, true, (struct engine * engine, struct err *err), (engine, err))
DOOR(engine, back_stop, true, (struct engine * engine, struct err *err), (engine, err))
DOOR_RULE(engine, target_release, (struct engine * engine, struct err *err), (engine, err),
          fake->target.server != ENGINE_PRIMARY, "the target is no primary: it is not released")
DOOR_RULE(engine, source_retire, (struct engine * engine, struct err *err), (engine, err),
          fake->source.server == ENGINE_PRIMARY && !fake->source.fenced,
          "the old source is open for writes: it is not retired")
DOOR_RULE(engine, target_abandon, (struct engine * engine, struct err *err), (engine, err),
          fake->target.server == ENGINE_PRIMARY &&
              (!fake->target.fenced || fake->source.server != ENGINE_PRIMARY),
          "the target was promoted: it may hold what clients wrote")
DOOR(engine, revoke, true, (struct engine * engine, struct err *err), (engine, err))

DOOR(traffic, check, false, (struct traffic * traffic, struct findings *out, struct err *err),
     (traffic, out, err))
DOOR(traffic, see, false,
     (struct traffic * traffic, struct arena *arena, struct traffic_seen *out, struct err *err),
     (traffic, arena, out, err))
DOOR(traffic, install, true,
     (struct traffic * traffic, enum traffic_way way, const char *kit, struct err *err),
     (traffic, way, kit, err))
DOOR_RULE(traffic, arm, (struct traffic * traffic, int64_t attempt, struct err *err),
          (traffic, attempt, err), !fake->proxy.installed, "the guard is not installed")
DOOR(traffic, disarm, true, (struct traffic * traffic, struct err *err), (traffic, err))
DOOR(traffic, finish, true,
     (struct traffic * traffic, struct arena *arena, enum traffic_outcome *outcome,
      struct err *err),
     (traffic, arena, outcome, err))
DOOR(traffic, remove, true, (struct traffic * traffic, struct err *err), (traffic, err))

/* The attempt stops where it is: what the worker did until then is done, and its voice is lost. */
static int break_off(struct shaky *world, struct err *err)
{
    struct fake *fake = &world->fake;
    fake_settle(fake);
    bool back = fake->proxy.way == TRAFFIC_BACK;
    fake->proxy.held = true;
    *(back ? &fake->target.fenced : &fake->source.fenced) = true;
    if (world->break_cut == SHAKY_CALLED_OFF)
        fake->proxy.decision = TRAFFIC_CALL_OFF;
    if (world->break_cut >= SHAKY_COMMITTED) {
        fake->target.applied = fake->source.position;
        fake->source.replayed = fake->target.written;
        fake->proxy.decision = TRAFFIC_COMMIT;
    }
    if (world->break_cut == SHAKY_PROMOTED)
        *(back ? &fake->source.server : &fake->target.server) = ENGINE_PRIMARY;
    fake->proxy.guard = world->warden;
    world->warden_due_us = world->warden ? fake->now_us + world->guard_us : 0;
    world->break_cut = SHAKY_WHOLE;
    return err_set(err, ERR_UNREACHABLE, "the guard's voice was lost in the cut");
}

static int traffic_cut(struct traffic *traffic, traffic_watch *watch, void *arg,
                       struct arena *arena, enum traffic_outcome *outcome,
                       const char *const **snapshots, struct err *err)
{
    struct shaky *world =
        (struct shaky *)(void *)((char *)traffic - offsetof(struct fake, traffic));
    if (enter("traffic.cut", true, err) < 0)
        return -1;
    int result;
    if (!world->fake.proxy.guard) {
        world->refused++;
        result = err_set(err, ERR_UNREACHABLE, "the guard is gone");
    } else if (world->break_cut != SHAKY_WHOLE)
        result = break_off(world, err);
    else
        result = fake_traffic_ops.cut(traffic, watch, arg, arena, outcome, snapshots, err);
    return leave("traffic.cut", true, result, err);
}

static const struct tunnel_ops tunnel_doors = {
    .name = "shaky",
    .check = tunnel_check,
    .see = tunnel_see,
    .snapshot = tunnel_snapshot,
    .prepare = tunnel_prepare,
    .connect = tunnel_connect,
    .prove = tunnel_prove,
    .renew = tunnel_renew,
    .remove = tunnel_remove,
    .disprove = tunnel_disprove,
};

static const struct engine_ops engine_doors = {
    .name = "shaky",
    .check = engine_check,
    .see = engine_see,
    .grant = engine_grant,
    .copy_start = engine_copy_start,
    .copy_clear = engine_copy_clear,
    .follow_start = engine_follow_start,
    .follow_kick = engine_follow_kick,
    .slot_drop = engine_slot_drop,
    .canary_write = engine_canary_write,
    .compare_live = engine_compare_live,
    .cutover_prepare = engine_cutover_prepare,
    .kit = engine_kit,
    .kit_secret = engine_kit_secret,
    .compare_final = engine_compare_final,
    .back_grant = engine_back_grant,
    .back_rewind = engine_back_rewind,
    .back_follow = engine_back_follow,
    .back_kick = engine_back_kick,
    .back_stop = engine_back_stop,
    .target_release = engine_target_release,
    .source_retire = engine_source_retire,
    .target_abandon = engine_target_abandon,
    .revoke = engine_revoke,
};

static const struct traffic_ops traffic_doors = {
    .name = "shaky",
    .check = traffic_check,
    .see = traffic_see,
    .install = traffic_install,
    .arm = traffic_arm,
    .cut = traffic_cut,
    .disarm = traffic_disarm,
    .finish = traffic_finish,
    .remove = traffic_remove,
};

/* A table of slots is a row of pointers: where the fake has one, the doors must have one too. */
static bool has_all(const void *doors, const void *fake, size_t size)
{
    for (size_t at = 0; at < size; at += sizeof(void *)) {
        void *door_slot, *fake_slot;
        memcpy(&door_slot, (const char *)doors + at, sizeof(void *));
        memcpy(&fake_slot, (const char *)fake + at, sizeof(void *));
        if (fake_slot != NULL && (door_slot == NULL || door_slot == fake_slot))
            return false;
    }
    return true;
}

const char *shaky_without_door(void)
{
    if (!has_all(&tunnel_doors, &fake_tunnel_ops, sizeof(tunnel_doors)))
        return "tunnel";
    if (!has_all(&engine_doors, &fake_engine_ops, sizeof(engine_doors)))
        return "engine";
    if (!has_all(&traffic_doors, &fake_traffic_ops, sizeof(traffic_doors)))
        return "traffic";
    return NULL;
}

void shaky_init(struct shaky *world)
{
    memset(world, 0, sizeof(*world));
    fake_init(&world->fake);
    world->fake.silent = true;
    world->fake.tunnel.ops = &tunnel_doors;
    world->fake.engine.ops = &engine_doors;
    world->fake.traffic.ops = &traffic_doors;
    world->guard_us = 200000;
}

/* Worker or warden, whoever lives, brings the attempt to the end that was decided; undecided, the
 * warden calls it off. */
static void end_attempt(struct shaky *world)
{
    struct err ignored = ERR_INIT;
    enum traffic_outcome outcome;
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    int64_t now_us = world->fake.now_us;
    world->fake.now_us = world->warden_due_us;
    world->warden_due_us = 0;
    (void)!fake_traffic_ops.finish(&world->fake.traffic, arena, &outcome, &ignored);
    world->fake.proxy.guard = false;
    world->fake.now_us = now_us;
}

void shaky_settle(struct shaky *world)
{
    struct fake *fake = &world->fake;
    int64_t end_us = world->warden_due_us;
    if (fake->proxy.held && world->held_since_us == 0)
        world->held_since_us = end_us > 0 ? end_us - world->guard_us : 0;
    if (end_us > 0 && end_us <= fake->now_us) {
        end_attempt(world);
        if (end_us - world->held_since_us > world->stall_max_us)
            world->stall_max_us = end_us - world->held_since_us;
    }
    if (!fake->proxy.held)
        world->held_since_us = 0;
}
