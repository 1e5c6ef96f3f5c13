/*
 * The critical section, in its one order: fence the source and prove it, hold the clients, clear
 * the source, seal its log, drain it to the target, claim the decision, then forward (tail.h).
 * Whatever fails or takes too long before the claim calls the attempt off: back to the source.
 *
 * In the pause nothing forks, nothing dials but the trial session that proves the fence, and
 * nothing sleeps a millisecond.
 */
#ifndef GUARD_CUT_H
#define GUARD_CUT_H

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/claim.h"
#include "steps/guard/guard.h"
#include "steps/guard/leash.h"
#include "steps/guard/phase.h"
#include "steps/guard/seal.h"
#include "steps/guard/snapshots.h"

struct cut {
    struct guard *guard;
    struct links links;
    struct snapshots snapshots;
    struct seal seal;
    struct timeline timeline;
    struct leash *leash;
    int warden_fd;       /* where the beginning of the hold is told */
    bool held;           /* PAUSE was sent */
    bool holding;        /* … and not yet answered */
    int64_t counting_us; /* when the warden began to count */
    bool fencing;        /* the fence may be closed */
    bool exported;       /* the snapshots are of the final position */
    struct str reason;   /* why it did not end in switched */
};

/* Opens and warms everything, and refuses what could not work. Errors: UNREACHABLE, REFUSED with
 * what is wrong. */
int cut_prepare(struct cut *cut, struct err *err) MUST_CHECK;
/* Runs to one of the three outcomes and writes it down. */
enum claim_outcome cut_run(struct cut *cut);
void cut_close(struct cut *cut);

#endif
