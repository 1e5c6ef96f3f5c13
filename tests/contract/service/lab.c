/*
 * Runs the service contract against the drivers that a lab's migration file names, through the
 * tunnel that it names. ECE_SERVICE_MIGRATION names that file; without it nothing is tested, which
 * is said. It runs where the operator does: tests/lab/service_check.sh raises a lab and starts it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steps/port/ports.h"
#include "tests/contract/service/contract.h"

enum { SKIPPED = 77 };

struct lab {
    struct spec *spec;
    struct world *world;
    struct ports ports;
    struct clock clock;
};

static int reach(struct lab *lab, struct err *err)
{
    lab->world = world_open(lab->spec, lab->clock, NULL, NULL);
    world_set_mode(lab->world, WORLD_CHANGE);
    return ports_open(&lab->ports, lab->spec, lab->world, lab->clock, err);
}

static void lab_open(void *arg, struct engine **engine, struct traffic **traffic)
{
    struct lab *lab = arg;
    struct err err = ERR_INIT;
    ck_assert_msg(reach(lab, &err) == 0, "%s", err.text);
    *engine = lab->ports.engine[0];
    *traffic = lab->ports.traffic[0];
}

static void lab_close(void *arg)
{
    struct lab *lab = arg;
    ports_close(&lab->ports);
    world_close(lab->world);
    lab->world = NULL;
}

static void lab_set_mode(void *arg, enum world_mode mode)
{
    world_set_mode(((struct lab *)arg)->world, mode);
}

static void lab_pass(void *arg, int ms)
{
    clock_sleep_ms(&((struct lab *)arg)->clock, ms);
}

/* All tests use one tunnel, that of the lab's migration file. */
static int put_tunnel(struct lab *lab, bool up, struct err *err)
{
    if (reach(lab, err) < 0)
        return -1;
    struct tunnel *tunnel = lab->ports.tunnel;
    int result = 0;
    for (int side = 0; result == 0 && side < TUNNEL_SIDES; side++)
        result = up ? tunnel->ops->prepare(tunnel, (enum tunnel_side)side, err)
                    : tunnel->ops->remove(tunnel, (enum tunnel_side)side, err);
    if (result == 0 && up)
        result = tunnel->ops->connect(tunnel, err);
    lab_close(lab);
    return result;
}

static int complain(const struct err *err)
{
    fprintf(stderr, "%s: %s\n", err_name(err->code), err->text);
    return EXIT_FAILURE;
}

int main(void)
{
    const char *path = getenv("ECE_SERVICE_MIGRATION");
    if (!path) {
        fputs("skipped: ECE_SERVICE_MIGRATION names no lab (run tests/lab/service_check.sh as "
              "root)\n",
              stderr);
        return SKIPPED;
    }
    struct lab lab = {.clock = clock_real()};
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct spec_faults faults;
    struct err err = ERR_INIT;
    if (spec_load(&lab.spec, path, SPEC_CHECK_FILES, arena, &faults, &err) != 0 ||
        put_tunnel(&lab, true, &err) < 0)
        return complain(&err);
    const struct service_subject subject = {.arg = &lab,
                                            .open = lab_open,
                                            .close = lab_close,
                                            .set_mode = lab_set_mode,
                                            .pass = lab_pass,
                                            .proxy = lab.spec->service[0].traffic.host};
    int result = service_contract_run(&subject);
    if (put_tunnel(&lab, false, &err) < 0)
        result = complain(&err);
    spec_free(lab.spec);
    return result;
}
