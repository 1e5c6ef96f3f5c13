/*
 * What sim.c and sim_weather.c share; nobody else includes it.
 */
#ifndef TESTS_CRASH_SIM_PRIVATE_H
#define TESTS_CRASH_SIM_PRIVATE_H

#include <setjmp.h>

#include "tests/crash/chance.h"
#include "tests/crash/invariants.h"
#include "tests/crash/sim.h"

/* Why a run was left by longjmp. */
enum sim_leave { SIM_STAYS, SIM_DIED, SIM_HANGS };

struct sim {
    uint64_t seed;
    struct chance chance;
    bool verbose, calm;
    struct trial trial;
    struct invariants seen;
    struct crew_tally *tally;
    jmp_buf out;

    /* What this seed is like; each is "once in that many", 0 never. */
    uint64_t fails, loses_answer, dies, weather;
    int64_t calm_at_us;  /* when the faults stop */
    int64_t ends_by_us;  /* the run under way must be over by then */
    int64_t wan_back_us; /* 0: it is there */
    bool abort_asked;
    volatile sig_atomic_t stop;
};

/* One line of the story, when somebody listens. */
void sim_say(const struct sim *sim, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Called at each call and each sleep: whatever happens to the world and to the runner meanwhile. */
void sim_weather(struct sim *sim);

/* The faults stop, and what the weather broke is whole again. */
void sim_calm(struct sim *sim);

/* An error that a port may answer with; its text carries the canary. Returns -1. */
int sim_fault(struct sim *sim, const char *slot, const char *when, struct err *err);

#endif
