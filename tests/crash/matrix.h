/*
 * The crash matrix: every moment around every action that any scenario reaches, times the ways in
 * which a runner is ended or held up there. The points are found by running each scenario
 * undisturbed, so that a new action joins by itself; one that stands in an earlier scenario's list
 * is not tried again.
 */
#ifndef TESTS_CRASH_MATRIX_H
#define TESTS_CRASH_MATRIX_H

#include "tests/crash/crew.h"
#include "tests/crash/scenario.h"

enum matrix_fault {
    MATRIX_KILL,    /* SIGKILL */
    MATRIX_TERM,    /* SIGTERM, by the program's own handler */
    MATRIX_STOP,    /* SIGSTOP for longer than the gateways' lease; then it goes on by itself */
    MATRIX_REPLACE, /* SIGSTOP; somebody removes the lock file and another runner takes over */
};

struct matrix_point {
    const struct scenario *scenario;
    int at; /* the how-many-th moment of the whole trial */
    char phase[32], action[32];
    enum runner_moment moment;
};

struct matrix {
    struct matrix_point point[4096];
    long points;
    const char *end[64];   /* of each scenario undisturbed */
    char wrong[CREW_TEXT]; /* an undisturbed run that was not sound; "" */
};

/* Runs the first `scenarios` rows undisturbed; 0: all. */
void matrix_find(struct matrix *matrix, size_t scenarios);
void matrix_try(struct matrix *matrix, enum matrix_fault fault, struct crew_tally *total);

#endif
