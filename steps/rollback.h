/*
 * The rollback: the clients are cut back to the old source, with the same guard, budget and ledger
 * as at the cutover, both sides swapped. Part of the step `cutover` with the goal absent, once the
 * track has come back to it from `soak`. Planning only; the actions are the cutover's.
 *
 * An attempt ends as one of the cutover's does: switched (the old source serves), returned (the
 * clients go on at the target, nothing lost, tried again), held. Which way an attempt went is read
 * from the proxy host.
 */
#ifndef STEPS_ROLLBACK_H
#define STEPS_ROLLBACK_H

#include "steps/window.h"

struct rollback {
    struct traffic_seen traffic;
    struct window window;
    const char *proxy;
    const char *compared; /* "equal", "unknown", "accepted", "differ"; NULL: not yet */
    bool have_snapshots;
    int attempts_max;
    int64_t wait_ms; /* before the next attempt, after one that was called off */
    bool by_person;  /* somebody resumed: a parked rollback may be tried again */
    int64_t tried;   /* attempts since then */
};

void rollback_plan(const struct rollback *seen, struct arena *arena, struct step_plan *plan);

#endif
