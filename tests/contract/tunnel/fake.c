/*
 * The contract suite of tunnel drivers, over the fake: what the stories stand on keeps what the
 * real driver keeps. What only a real world can do to a tunnel is skipped, aloud.
 */
#include <stdlib.h>

#include "tests/contract/tunnel/contract.h"
#include "tests/fake/fake.h"

static struct tunnel *open_fake(void *arg, const struct tunnel_setup *setup)
{
    struct fake *fake = arg;
    fake->lease_s = setup->lease_s;
    return &fake->tunnel;
}

static void close_fake(void *arg, struct tunnel *tunnel)
{
    (void)tunnel;
    str_clear(&((struct fake *)arg)->story);
}

static void set_mode(void *arg, enum world_mode mode)
{
    ((struct fake *)arg)->mode = mode;
}

/* The harms whose effect the fake knows: a part of a side is gone, or all of it. */
static bool can(void *arg, enum tunnel_harm harm)
{
    static const enum tunnel_harm known[] = {
        HARM_DAEMON_KILLED, HARM_LINK_DELETED,   HARM_HALF_THE_RULES, HARM_ALL_RULES,
        HARM_BLACKHOLES,    HARM_WATCHER_KILLED, HARM_FILES,          HARM_REBOOT,
    };
    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i] == harm)
            return true;
    return false;
}

/* Whatever part is taken away, a side is whole no more; a reboot leaves nothing of it. */
static void harm_side(void *arg, enum tunnel_harm harm, enum tunnel_side side)
{
    struct fake *fake = arg;
    struct fake_gateway *gateway = &fake->gateway[side];
    if (harm == HARM_REBOOT)
        *gateway = (struct fake_gateway){.state = TUNNEL_ABSENT, .foreign = ""};
    else if (gateway->state != TUNNEL_ABSENT)
        *gateway = (struct fake_gateway){
            .state = TUNNEL_PARTIAL, .foreign = "", .lease_end_us = gateway->lease_end_us};
}

static void heal(void *arg)
{
    struct fake *fake = arg;
    fake->wan_down = false;
    for (int side = 0; side < TUNNEL_SIDES; side++)
        fake->gateway[side] = (struct fake_gateway){.state = TUNNEL_ABSENT, .foreign = ""};
}

static bool reaches(void *arg, enum tunnel_side from, uint16_t port)
{
    struct fake *fake = arg;
    fake_settle(fake);
    return from == TUNNEL_TARGET && port == 5432 && fake_tunnel_carries(fake);
}

static bool await(void *arg, bool (*holds)(void *of), void *of, int limit_s)
{
    struct fake *fake = arg;
    for (int half = 0; half < 2 * limit_s; half++) {
        if (holds(of))
            return true;
        fake->now_us += 500000;
    }
    return holds(of);
}

int main(void)
{
    struct fake fake;
    fake_init(&fake);
    const struct tunnel_subject subject = {
        .arg = &fake,
        .open = open_fake,
        .close = close_fake,
        .set_mode = set_mode,
        .can = can,
        .harm = harm_side,
        .heal = heal,
        .reaches = reaches,
        .await = await,
    };
    int failed = tunnel_contract_run(&subject);
    fake_free(&fake);
    return failed;
}
