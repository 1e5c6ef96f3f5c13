/* The world itself: its clock, its rules, and its faults. */
#include "tests/fake/fake.h"

#include <string.h>

static int64_t read_mono(void *arg)
{
    struct fake *fake = arg;
    return fake->now_us;
}

static int64_t read_wall(void *arg)
{
    struct fake *fake = arg;
    return fake->now_us + INT64_C(1700000000000000);
}

static void sleep_us(void *arg, int64_t us)
{
    struct fake *fake = arg;
    fake->now_us += us > 0 ? us : 1;
}

static uint64_t middle_of_the_road(void *arg)
{
    (void)arg;
    return 250000;
}

void fake_init(struct fake *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->now_us = 1000000;
    fake->lease_s = 900;
    fake->mode = WORLD_CHANGE;
    fake->gateway[TUNNEL_SOURCE].foreign = fake->gateway[TUNNEL_TARGET].foreign = "";
    fake->source.server = ENGINE_PRIMARY;
    fake->source.position = 1000000;
    fake->source.write_rate = 1000;
    fake->source.size = 600000000;
    fake->source.config = "as-it-was";
    fake->source.last_write_us = fake->now_us;
    fake->source.rewind_takes_us = 3000000;
    fake->target.server = ENGINE_DOWN;
    fake->target.copy = ENGINE_COPY_NONE;
    fake->target.copy_takes_us = 5000000;
    fake->proxy.reason = "";
    fake->copy_error = "";
    fake->tunnel.ops = &fake_tunnel_ops;
    fake->engine.ops = &fake_engine_ops;
    fake->traffic.ops = &fake_traffic_ops;
    fake->engines[0] = &fake->engine;
    fake->traffics[0] = &fake->traffic;
    fake->clock_ops = (struct clock_ops){read_mono, read_wall, sleep_us, middle_of_the_road};
}

void fake_free(struct fake *fake)
{
    str_free(&fake->story);
}

struct clock fake_clock(struct fake *fake)
{
    return (struct clock){.ops = &fake->clock_ops, .arg = fake};
}

struct ports fake_ports(struct fake *fake)
{
    return (struct ports){
        .tunnel = &fake->tunnel, .services = 1, .engine = fake->engines, .traffic = fake->traffics};
}

static void expire_leases(struct fake *fake)
{
    for (int side = 0; side < TUNNEL_SIDES; side++) {
        struct fake_gateway *gateway = &fake->gateway[side];
        if (gateway->state != TUNNEL_ABSENT && gateway->lease_end_us <= fake->now_us)
            *gateway = (struct fake_gateway){.state = TUNNEL_ABSENT, .foreign = gateway->foreign};
    }
}

bool fake_tunnel_carries(const struct fake *fake)
{
    const struct fake_gateway *a = &fake->gateway[TUNNEL_SOURCE],
                              *b = &fake->gateway[TUNNEL_TARGET];
    return !fake->wan_down && a->state == TUNNEL_PEERED && b->state == TUNNEL_PEERED &&
           a->peer_key == b->key && b->peer_key == a->key;
}

/* Clients write wherever the proxy points, unless they are held or the server refuses. */
static void write_on(struct fake *fake)
{
    int64_t us = fake->now_us - fake->source.last_write_us;
    fake->source.last_write_us = fake->now_us;
    bool open = fake->source.server == ENGINE_PRIMARY && !fake->source.fenced;
    if (open && !fake->proxy.held && fake->proxy.points == TRAFFIC_AT_SOURCE)
        fake->source.position += fake->source.write_rate * us / 1000000;
    bool target_open = fake->target.server == ENGINE_PRIMARY && !fake->target.fenced;
    if (target_open && !fake->proxy.held && fake->proxy.points == TRAFFIC_AT_TARGET)
        fake->target.written += fake->source.write_rate * us / 1000000;
    if (open && target_open)
        fake->both_writable++;
}

static void replicate(struct fake *fake)
{
    if (fake->target.copy == ENGINE_COPY_RUNNING &&
        fake->now_us - fake->target.copy_start_us >= fake->target.copy_takes_us) {
        bool whole = fake_tunnel_carries(fake) && fake->break_copies == 0;
        fake->target.copy = whole ? ENGINE_COPY_DONE : ENGINE_COPY_BROKEN;
        fake->break_copies -= fake->break_copies > 0 ? 1 : 0;
    }
    if (fake->target.server == ENGINE_STANDBY && fake_tunnel_carries(fake) && fake->source.slot) {
        fake->target.applied = fake->source.position;
        fake->target.canary = fake->source.canary;
    }
}

/* The old source in a rollback window: rewound by a job, then a standby of the target. */
static void replicate_back(struct fake *fake)
{
    if (fake->source.rewind == ENGINE_COPY_RUNNING &&
        fake->now_us - fake->source.rewind_start_us >= fake->source.rewind_takes_us) {
        bool whole = fake_tunnel_carries(fake) && fake->break_rewinds == 0;
        fake->source.rewind = whole ? ENGINE_COPY_DONE : ENGINE_COPY_BROKEN;
        fake->break_rewinds -= fake->break_rewinds > 0 ? 1 : 0;
    }
    if (fake_follows_back(fake) && fake->now_us >= fake->back_hangs_until_us)
        fake->source.replayed = fake->target.written;
}

bool fake_follows_back(const struct fake *fake)
{
    return fake->source.server == ENGINE_STANDBY && fake->target.server == ENGINE_PRIMARY &&
           fake->target.slot && fake_tunnel_carries(fake);
}

void fake_settle(struct fake *fake)
{
    expire_leases(fake);
    write_on(fake);
    replicate(fake);
    replicate_back(fake);
}

int fake_call(struct fake *fake, const char *slot, const char *object, struct err *err)
{
    if (fake->mode == WORLD_READ)
        return err_set(err, ERR_DRY, "a dry run must not call '%s'", slot);
    fake_settle(fake);
    if (!fake->silent)
        str_printf(&fake->story, "%s %s\n", slot, object);
    if (fake->fail_slot != NULL && strcmp(fake->fail_slot, slot) != 0)
        return 0;
    fake->calls++;
    if (fake->calls != fake->fail_call)
        return 0;
    (void)!err_set(err, fake->fail_code, "fault in slot '%s'", slot);
    return fake->fail_after_effect ? 1 : -1;
}
