/*
 * The worker: the half of the guard that the orchestrator talks with, by lines.
 *
 *   out: ready                          everything is open and warm
 *   in:  cut                            run the critical section
 *   out: phase NAME AT_US TOOK_US       for each sub-phase, after the pause
 *        snapshot DATABASE=ID
 *        position LSN
 *        outcome switched|returned|held REASON
 *   in:  bye                            give up the snapshots and end
 *   out: failed REASON                  instead of ready
 *
 * The end of its input, and SIGTERM: before the hold it ends; in the hold and undecided it calls
 * off; after the decision it finishes.
 */
#ifndef GUARD_WORKER_H
#define GUARD_WORKER_H

#include "steps/guard/guard.h"

/* pact_out leads to the warden, pact_in comes from it. Returns the exit status. */
int worker_run(struct guard *guard, int pact_out, int pact_in);

#endif
