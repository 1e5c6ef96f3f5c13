/*
 * Runs the tunnel contract against the driver `wireguard` in a lab. ECE_TUNNEL_MIGRATION names the
 * lab's migration file; without it nothing is tested, which is said. It runs where the operator
 * does: tests/lab/tunnel_check.sh raises a lab and starts it there.
 */
#include "tests/contract/tunnel/lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steps/port/tunnel/wireguard_name.h"

enum { SKIPPED = 77 };

const struct spec_host *lab_gateway(const struct lab *lab, enum tunnel_side side)
{
    return side == TUNNEL_SOURCE ? lab->spec->source.gateway : lab->spec->target.gateway;
}

const char *lab_run(struct lab *lab, const struct spec_host *host, const char *script)
{
    struct wireguard_name name;
    struct remote_reply reply;
    struct err err = ERR_INIT;
    wireguard_name_make(&name, lab->spec->id);
    const struct remote_cmd cmd = {
        .argv =
            (const char *const[]){name.link, name.table,
                                  arena_printf(lab->arena, "%u", (unsigned)lab->spec->tunnel.port),
                                  lab->spec->id, NULL},
        .script = script,
    };
    enum world_mode mode = world_get_mode(lab->world);
    world_set_mode(lab->world, WORLD_CHANGE);
    int result = remote_change_ok(lab->world, host, &cmd, lab->arena, &reply, &err);
    world_set_mode(lab->world, mode);
    ck_assert_msg(result == 0, "harm on '%s': %s", host->name, err.text);
    return reply.out;
}

static struct tunnel *lab_open(void *arg, const struct tunnel_setup *setup)
{
    struct lab *lab = arg;
    const struct spec_service *service = &lab->spec->service[0];
    lab->used = *lab->spec;
    lab->used.tunnel.lease_s = setup->lease_s;
    lab->world = world_open(&lab->used, lab->clock, NULL, NULL);
    world_set_mode(lab->world, WORLD_CHANGE);
    struct tunnel_flow flow = {
        .from = service->target.address,
        .to = service->source.address,
        .port = service->source.port,
        .from_host = service->target.host,
    };
    struct tunnel_flow flows[] = {flow, flow};
    flows[1].port = LAB_STREAM_PORT;
    return tunnel_wireguard.open(&lab->used, lab->world, flows, setup->stream ? 2 : 1);
}

static void lab_close(void *arg, struct tunnel *tunnel)
{
    struct lab *lab = arg;
    tunnel->ops->close(tunnel);
    world_close(lab->world);
    lab->world = NULL;
}

static void lab_set_mode(void *arg, enum world_mode mode)
{
    world_set_mode(((struct lab *)arg)->world, mode);
}

static bool lab_await(void *arg, bool (*holds)(void *of), void *of, int limit_s)
{
    struct lab *lab = arg;
    int64_t end_us = clock_mono_us(&lab->clock) + (int64_t)limit_s * 1000000;
    while (!holds(of)) {
        if (clock_mono_us(&lab->clock) > end_us)
            return false;
        clock_sleep_ms(&lab->clock, 100);
    }
    return true;
}

int main(void)
{
    const char *path = getenv("ECE_TUNNEL_MIGRATION");
    if (!path) {
        fputs(
            "skipped: ECE_TUNNEL_MIGRATION names no lab (run tests/lab/tunnel_check.sh as root)\n",
            stderr);
        return SKIPPED;
    }
    struct lab lab = {.arena = arena_new(), .clock = clock_real()};
    struct spec_faults faults;
    struct err err = ERR_INIT;
    if (spec_load(&lab.spec, path, SPEC_TRUST_FILES, lab.arena, &faults, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    const struct tunnel_subject subject = {
        .arg = &lab,
        .open = lab_open,
        .close = lab_close,
        .set_mode = lab_set_mode,
        .can = lab_can,
        .harm = lab_harm,
        .heal = lab_heal,
        .reaches = lab_reaches,
        .await = lab_await,
        .stream_start = lab_stream_start,
        .stream_bytes = lab_stream_bytes,
        .stream_leaks = lab_stream_leaks,
        .stream_over = lab_stream_over,
    };
    int result = tunnel_contract_run(&subject);
    spec_free(lab.spec);
    arena_free(lab.arena);
    return result;
}
