/*
 * How long the driver `wireguard` takes in a lab: from nothing to the first TCP connect through the
 * tunnel, the proof, and the removal. Prints the median of so many rounds (7) in milliseconds.
 * ECE_TUNNEL_MIGRATION as in lab.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "steps/port/tunnel/wireguard.h"

enum part { UP, FIRST, PROOF, DOWN, PARTS };
#define ROUNDS 7

static const char *const part_name[PARTS] = {"up", "up_and_first_connect", "proof", "down"};

struct rounds {
    struct clock clock;
    struct tunnel *tunnel;
    const struct tunnel_flow *flow;
    struct arena *arena;
    double ms[PARTS][ROUNDS];
};

static double since_ms(const struct clock *clock, int64_t begin_us)
{
    return (double)(clock_mono_us(clock) - begin_us) / 1000.0;
}

static int up(struct tunnel *tunnel, struct err *err)
{
    if (tunnel->ops->prepare(tunnel, TUNNEL_SOURCE, err) != 0 ||
        tunnel->ops->prepare(tunnel, TUNNEL_TARGET, err) != 0)
        return -1;
    return tunnel->ops->connect(tunnel, err);
}

static int down(struct tunnel *tunnel, struct err *err)
{
    if (tunnel->ops->remove(tunnel, TUNNEL_SOURCE, err) != 0)
        return -1;
    return tunnel->ops->remove(tunnel, TUNNEL_TARGET, err);
}

static int run_round(struct rounds *it, int round, struct err *err)
{
    struct wireguard_flow_seen seen;
    struct tunnel_proof proof;
    int64_t begin = clock_mono_us(&it->clock);
    if (up(it->tunnel, err) != 0)
        return -1;
    it->ms[UP][round] = since_ms(&it->clock, begin);
    if (wireguard_flow_try((struct wireguard *)it->tunnel, it->flow, 1, 5, &seen, err) != 0)
        return -1;
    if (seen.reach != WIREGUARD_CONNECTED)
        return err_set(err, ERR_UNREACHABLE, "the first connect failed");
    it->ms[FIRST][round] = since_ms(&it->clock, begin);
    begin = clock_mono_us(&it->clock);
    if (it->tunnel->ops->prove(it->tunnel, it->arena, &proof, err) != 0)
        return -1;
    it->ms[PROOF][round] = since_ms(&it->clock, begin);
    begin = clock_mono_us(&it->clock);
    if (down(it->tunnel, err) != 0)
        return -1;
    it->ms[DOWN][round] = since_ms(&it->clock, begin);
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int run(struct rounds *it, struct err *err)
{
    /* Connections are made before the clock starts, as the runner has them by then. */
    struct tunnel_seen seen;
    if (it->tunnel->ops->see(it->tunnel, it->arena, &seen, err) != 0 ||
        down(it->tunnel, err) != 0 || it->tunnel->ops->disprove(it->tunnel, err) != 0)
        return -1;
    for (int round = 0; round < ROUNDS; round++)
        if (run_round(it, round, err) != 0)
            return -1;
    for (int part = 0; part < PARTS; part++) {
        qsort(it->ms[part], ROUNDS, sizeof it->ms[part][0], compare);
        printf("%-22s %7.0f ms (%.0f to %.0f)\n", part_name[part], it->ms[part][ROUNDS / 2],
               it->ms[part][0], it->ms[part][ROUNDS - 1]);
    }
    return 0;
}

int main(void)
{
    const char *path = getenv("ECE_TUNNEL_MIGRATION");
    struct rounds it = {.clock = clock_real(), .arena = arena_new()};
    struct spec *spec;
    struct spec_faults faults;
    struct err err = ERR_INIT;
    if (!path || spec_load(&spec, path, SPEC_TRUST_FILES, it.arena, &faults, &err) != 0) {
        fprintf(stderr, "ECE_TUNNEL_MIGRATION names no migration file: %s\n", err.text);
        return EXIT_FAILURE;
    }
    const struct spec_service *service = &spec->service[0];
    const struct tunnel_flow flow = {
        .from = service->target.address,
        .to = service->source.address,
        .port = service->source.port,
        .from_host = service->target.host,
    };
    struct world *world = world_open(spec, it.clock, NULL, NULL);
    world_set_mode(world, WORLD_CHANGE);
    it.flow = &flow;
    it.tunnel = tunnel_wireguard.open(spec, world, &flow, 1);
    int result = run(&it, &err);
    if (result != 0)
        fprintf(stderr, "%s\n", err.text);
    it.tunnel->ops->close(it.tunnel);
    world_close(world);
    spec_free(spec);
    arena_free(it.arena);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
