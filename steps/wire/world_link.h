/*
 * What the wire's own calls need of the world: connections, secrets, the clock, the tap. Drivers
 * and steps do not include it.
 */
#ifndef STEPS_WIRE_WORLD_LINK_H
#define STEPS_WIRE_WORLD_LINK_H

#include "base/err.h"
#include "steps/wire/keyring.h"
#include "steps/wire/ssh.h"
#include "steps/wire/world.h"

/* The host's connection, made on first use and again after a loss; borrowed, of the world. Errors:
 * as ssh_open. */
int world_link(struct ssh **out, struct world *world, const struct spec_host *host,
               struct err *err) MUST_CHECK;
struct keyring *world_keys(struct world *world);
struct clock world_clock(const struct world *world);
int64_t world_now_us(const struct world *world);
/* A terminated copy of bytes that may hold NUL. */
const char *world_copy(struct arena *arena, const char *bytes, size_t len);
/* Tells the tap how a call went; took_us is counted from began_us. NULL streams are told as "". */
void world_tell(struct world *world, struct world_io io, int64_t began_us);

#endif
