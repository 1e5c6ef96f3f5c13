/*
 * The warden: the dead-man switch. A process of its own, in a session of its own, with its own
 * connections. It watches the worker and the clock, and ends the clients' wait when the worker died
 * or took too long: back to the source while nothing is decided, forward to the target once it is.
 */
#ifndef GUARD_WARDEN_H
#define GUARD_WARDEN_H

#include <sys/types.h>

#include "steps/guard/guard.h"

/* pact_in comes from the worker, pact_out leads to it. Returns the exit status. */
int warden_run(struct guard *guard, pid_t worker, int pact_in, int pact_out);

#endif
