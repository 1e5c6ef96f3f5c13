/*
 * What must hold after every fault, whatever died: one function for the matrix, the random kills,
 * the simulation and the upgrades alike. The numbers are those of docs/reliability.md:
 *
 *   1  every acknowledged write is on the serving side, and none is taken back
 *   2  never two writable sides
 *   3  clients that the warden watches over never wait beyond max_stall_ms and its tick
 *   4  the journal's chain verifies, no committed row is missing, no action begins before the one
 *      before it has its outcome, none ends that was not begun
 *   5  the fence never falls, neither in the lease nor along the journal
 *   6  the end is one of the two there are, or parked with a reason that a person can act on
 *   7  after the way back, source, gateways and target are as they were
 *   8  no trace of ours is left after the end
 *   9  no secret is in the state directory
 *  10  nothing hangs: the caller bounds each run
 */
#ifndef TESTS_CRASH_INVARIANTS_H
#define TESTS_CRASH_INVARIANTS_H

#include "tests/crash/trial.h"

/* What was seen so far, of one trial. Zeroed at its beginning. */
struct invariants {
    int64_t fence, position;
    int64_t head_seq;
    char head_hash[65];
    int64_t row_fence; /* of the newest row that a runner wrote */
    bool open;         /* its fence has an intent without an outcome */
    char open_action[64];
};

/* While no run has the store open in this process. NULL, or "N: what is broken" in the trial's
 * arena. */
const char *invariants_broken(struct invariants *seen, struct trial *trial);

/* The same, and those of an end: 6, 7 and 8. */
const char *invariants_broken_at_end(struct invariants *seen, struct trial *trial);

/* 6, for a run that did not come to an end: NULL, or why nobody can act on how it ended. */
const char *invariants_parked(struct trial *trial, const struct err *why);

/* A secret that the scrubber knows and that faults carry in their texts; 9 looks for it. */
const char *invariants_canary(void);

#endif
