/*
 * The contract suite of a service's drivers, over the fakes: what the stories stand on keeps what
 * the real drivers keep.
 */
#include "tests/contract/service/contract.h"
#include "tests/fake/fake.h"

static void open_fake(void *arg, struct engine **engine, struct traffic **traffic)
{
    struct fake *fake = arg;
    *engine = &fake->engine;
    *traffic = &fake->traffic;
}

static void close_fake(void *arg)
{
    str_free(&((struct fake *)arg)->story);
}

static void set_mode(void *arg, enum world_mode mode)
{
    ((struct fake *)arg)->mode = mode;
}

static void pass(void *arg, int ms)
{
    ((struct fake *)arg)->now_us += (int64_t)ms * 1000;
}

static void put_tunnel_up(struct fake *fake)
{
    for (int side = 0; side < TUNNEL_SIDES; side++)
        fake->gateway[side] = (struct fake_gateway){.state = TUNNEL_PEERED,
                                                    .key = side + 1,
                                                    .peer_key = 2 - side,
                                                    .lease_end_us = INT64_MAX,
                                                    .foreign = ""};
}

int main(void)
{
    struct fake fake;
    struct spec_host proxy = {.name = "app"};
    fake_init(&fake);
    put_tunnel_up(&fake);
    const struct service_subject subject = {.arg = &fake,
                                            .open = open_fake,
                                            .close = close_fake,
                                            .set_mode = set_mode,
                                            .pass = pass,
                                            .proxy = &proxy};
    int failed = service_contract_run(&subject);
    fake_free(&fake);
    return failed;
}
