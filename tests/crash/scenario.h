/*
 * The worlds in which crashes are tried. The undisturbed way forward knows less than half of what
 * the steps can do; each row here is a world in which others of their actions are needed, and says
 * what happens to it and what the person wants. What happens is bound to an action that every run
 * of the row must begin, so that a run that dies meets it all the same.
 */
#ifndef TESTS_CRASH_SCENARIO_H
#define TESTS_CRASH_SCENARIO_H

#include "tests/crash/trial.h"

struct scenario {
    const char *name;
    int approvals;
    int window_h;       /* a rollback window; 0: none */
    bool abort_at_gate; /* the person wants it back when she is asked */
    bool abort_when_called_off;
    void (*begin)(struct trial *trial); /* the world as it is found; NULL: sound */
    /* The event happens once, before the intent of this action in this phase. NULL: none. */
    const char *phase, *action;
    void (*happen)(struct trial *trial);
};

extern const struct scenario scenarios[];
extern const size_t scenarios_len;

void scenario_begin(struct trial *trial, const struct scenario *scenario);
/* To be called from the runner's hook, in whatever process. */
void scenario_reach(struct trial *trial, const struct scenario *scenario, const char *phase,
                    const char *action, enum runner_moment moment);
/* The person of this scenario; as trial_person. */
bool scenario_person(struct trial *trial, const struct scenario *scenario, const struct err *why);

/* Runs and person in turn until an end. NULL, or what was wrong. The hook is left as it is. */
const char *scenario_finish(struct trial *trial, const struct scenario *scenario);

#endif
