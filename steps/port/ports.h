/*
 * The drivers of one migration: one tunnel, and an engine and a traffic driver for each service,
 * chosen by the names in the migration file. Tests fill the struct with fakes instead.
 */
#ifndef STEPS_PORT_PORTS_H
#define STEPS_PORT_PORTS_H

#include "base/clock.h"
#include "base/err.h"
#include "steps/port/engine.h"
#include "steps/port/traffic.h"
#include "steps/port/tunnel.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

struct ports {
    struct tunnel *tunnel;
    size_t services;
    struct engine **engine; /* in the order of the migration file's services */
    struct traffic **traffic;
};

/* Opens every driver; touches nothing. Errors: SPEC (no such driver, with those there are). */
int ports_open(struct ports *out, const struct spec *spec, struct world *world, struct clock clock,
               struct err *err) MUST_CHECK;
void ports_close(struct ports *ports); /* a zeroed one is fine */

#endif
