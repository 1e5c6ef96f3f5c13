/*
 * Many trials, shared out among as many processes as the machine has processors, two at most. What
 * each job counts and what it finds broken is gathered in memory that they share.
 */
#ifndef TESTS_CRASH_CREW_H
#define TESTS_CRASH_CREW_H

#define CREW_TEXT 4096

struct crew_tally {
    long tried;     /* faults */
    long broken;    /* invariants */
    long parked;    /* runs that ended with a person being asked */
    long counts[8]; /* of whatever the jobs count besides */
    long stall_max_us;
    char first[CREW_TEXT]; /* what the first broken one says */
};

/* One job. What it adds to tally is added to the whole. */
typedef void crew_job(void *arg, long number, struct crew_tally *tally);

/* Runs jobs first … last. stop_at_first: ends soon after something is broken. A worker that dies
 * counts as broken. */
void crew_run(long first, long last, crew_job *job, void *arg, int stop_at_first,
              struct crew_tally *total);

/* Notes a broken invariant. */
void crew_broken(struct crew_tally *tally, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends a line to the file that ECE_RELIABILITY names, if it does. */
void crew_report(const char *fault, const struct crew_tally *tally, const char *command);

#endif
