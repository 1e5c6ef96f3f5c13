/*
 * The simulation: both machines over the shaky world, with one seed that drives everything that is
 * not the program: which call fails before or after its effect and with which error, when the
 * runner dies, is told to stop or held up, what the weather does to tunnel, copy, standby, guard
 * and proxy, when people approve, abort and come back, and how long everything takes. The same seed
 * is the same run, on every machine.
 *
 * First the storm; then the faults stop, people do what messages ask for, and the migration must
 * come to an end.
 */
#ifndef TESTS_CRASH_SIM_H
#define TESTS_CRASH_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/crash/crew.h"

/* One seed; what it tried is added to tally, and what it found broken noted there as
 * "seed N: …". verbose: tells the story on stdout. */
void sim_run(uint64_t seed, bool verbose, struct crew_tally *tally);

/* What tally->counts hold. */
enum sim_count {
    SIM_CALLS_FAILED, /* before or after their effect */
    SIM_DEATHS,
    SIM_STOPS,   /* told to end, or held up for longer than the leases */
    SIM_WEATHER, /* something happened to the world */
    SIM_PEOPLE,  /* somebody asked for something */
    SIM_DONE,
    SIM_ABORTED,
};

#endif
