/*
 * The world outside; see world.h.
 */
#include "steps/wire/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "steps/wire/world_link.h"

/* One connection a host, found by the host's place in the spec. */
struct link {
    struct link *next;
    const struct spec_host *host;
    struct ssh *ssh; /* NULL: not connected */
};

struct world {
    const struct spec *spec;
    struct clock clock;
    world_tap *tap;
    void *tap_arg;
    enum world_mode mode;
    struct keyring *keys;
    struct link *links;
};

struct world *world_open(const struct spec *spec, struct clock clock, world_tap *tap, void *tap_arg)
{
    struct world *world = MEM_NEW(struct world);
    *world = (struct world){.spec = spec,
                            .clock = clock,
                            .tap = tap,
                            .tap_arg = tap_arg,
                            .mode = WORLD_READ,
                            .keys = keyring_new()};
    return world;
}

void world_close(struct world *world)
{
    if (!world)
        return;
    while (world->links) {
        struct link *link = world->links;
        world->links = link->next;
        ssh_close(link->ssh);
        free(link);
    }
    keyring_free(world->keys);
    free(world);
}

void world_set_mode(struct world *world, enum world_mode mode)
{
    world->mode = mode;
}

enum world_mode world_get_mode(const struct world *world)
{
    return world->mode;
}

int world_may_change(const struct world *world, const char *what, struct err *err)
{
    if (world->mode == WORLD_CHANGE)
        return 0;
    return err_set(err, ERR_DRY, "refused to change anything while only looking: %s", what);
}

static struct link *find_link(struct world *world, const struct spec_host *host)
{
    for (struct link *link = world->links; link; link = link->next)
        if (link->host == host)
            return link;
    struct link *link = MEM_NEW(struct link);
    *link = (struct link){.next = world->links, .host = host};
    world->links = link;
    return link;
}

int world_link(struct ssh **out, struct world *world, const struct spec_host *host, struct err *err)
{
    struct link *link = find_link(world, host);
    if (!ssh_alive(link->ssh)) {
        ssh_cleanup(&link->ssh);
        if (ssh_open(&link->ssh, host, world->keys, world->clock, err) != 0)
            return -1;
    }
    *out = link->ssh;
    return 0;
}

struct keyring *world_keys(struct world *world)
{
    return world->keys;
}

struct clock world_clock(const struct world *world)
{
    return world->clock;
}

int64_t world_now_us(const struct world *world)
{
    return clock_mono_us(&world->clock);
}

const char *world_copy(struct arena *arena, const char *bytes, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, bytes, len);
    return copy;
}

void world_tell(struct world *world, struct world_io io, int64_t began_us)
{
    if (!world->tap)
        return;
    io.took_us = world_now_us(world) - began_us;
    io.in = io.in ? io.in : "";
    io.out = io.out ? io.out : "";
    io.errout = io.errout ? io.errout : "";
    world->tap(world->tap_arg, &io);
}
