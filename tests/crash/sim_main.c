/*
 * The simulation's program.
 *
 *   sim_test                     seeds 1 … 2000
 *   sim_test --seeds N [--from M]
 *   sim_test --seed N            that one, with its whole story
 *   sim_test --expect-broken     for a program that is wrong on purpose: passes when a seed tells
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/sim.h"

#define COMMAND "build/asan/tests/crash/sim_test"

/* A runner that dies by longjmp leaves what it held, as a killed process does; the other tests look
 * for leaks. */
const char *__asan_default_options(void); /* NOLINT: the sanitizer's own name */
const char *__asan_default_options(void)  /* NOLINT */
{
    return "detect_leaks=0";
}

static void one(void *arg, long seed, struct crew_tally *tally)
{
    (void)arg;
    sim_run((uint64_t)seed, false, tally);
}

static int replay(long seed)
{
    struct crew_tally tally = {0};
    sim_run((uint64_t)seed, true, &tally);
    printf("%s\n", tally.broken > 0 ? tally.first : "nothing is broken");
    return tally.broken == 0 ? 0 : 1;
}

static void say(long seeds, const struct crew_tally *tally)
{
    const long *n = tally->counts;
    printf("%ld seeds: %ld calls failed, %ld deaths, %ld stops, %ld events in the world, %ld acts "
           "of people; %ld done, %ld taken back; %ld broken\n",
           seeds, n[SIM_CALLS_FAILED], n[SIM_DEATHS], n[SIM_STOPS], n[SIM_WEATHER], n[SIM_PEOPLE],
           n[SIM_DONE], n[SIM_ABORTED], tally->broken);
    if (tally->broken > 0) {
        long long seed = atoll(tally->first + strlen("seed "));
        printf("%s\nreplay: " COMMAND " --seed %lld\n", tally->first, seed);
    }
}

int main(int argc, char **argv)
{
    long seeds = 2000, from = 1;
    int expect_broken = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        if (strcmp(argv[i], "--seed") == 0)
            return replay(atol(value));
        if (strcmp(argv[i], "--seeds") == 0)
            seeds = atol(value);
        if (strcmp(argv[i], "--from") == 0)
            from = atol(value);
        if (strcmp(argv[i], "--expect-broken") == 0)
            expect_broken = 1;
    }
    struct crew_tally tally = {0};
    crew_run(from, from + seeds - 1, one, NULL, expect_broken, &tally);
    say(seeds, &tally);
    if (expect_broken)
        return tally.broken > 0 ? 0 : 1;
    crew_report("simulation: calls, deaths, weather and people by seed, over fakes", &tally,
                COMMAND);
    return tally.broken == 0 ? 0 : 1;
}
