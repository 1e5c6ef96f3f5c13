/*
 * A trial: one migration over a shaky world, in a state directory of its own, run by processes that
 * may die at any instant. The world lies in memory that all of them share; the store is opened anew
 * by each run, as in life. A person who only does what messages ask for can bring it to its end.
 */
#ifndef TESTS_CRASH_TRIAL_H
#define TESTS_CRASH_TRIAL_H

#include <sys/types.h>

#include "orchestrator/runner.h"
#include "state/request.h"
#include "tests/crash/shaky.h"

/* What processes of one trial share. */
struct trial_shared {
    struct shaky world;
    struct shaky before; /* the world before the call that is under way */
    volatile int calling;
    bool happened;   /* the scenario's event took place */
    int moments;     /* that the runners of this trial have passed, all in all */
    struct err last; /* how the newest run ended */
};

struct trial {
    struct trial_shared *shared;
    struct spec *spec;
    char dir[64];
    struct arena *arena;
    enum runner_gate gate;
    runner_hook *hook;
    void *hook_arg;
    runner_watch *watch;
    void *watch_arg;
    const volatile sig_atomic_t *stop;
    /* Of the run under way in this process, so that a death in place can be cleaned up after. */
    struct store *store;
    struct lease *lease;
    struct runner *runner;
};

/* Makes directory, store and migration. Ends the program with a message when the machine cannot. */
void trial_begin(struct trial *trial, int approvals);
/* The same with a rollback window of so many hours. */
void trial_begin_window(struct trial *trial, int approvals, int window_h);
void trial_end(struct trial *trial);
static inline struct fake *trial_fake(const struct trial *trial)
{
    return &trial->shared->world.fake;
}

/* One run, from opening the store to closing it. 0: done; -1 with the error. The guard loses its
 * orchestrator when it ends. */
int trial_run(struct trial *trial, struct err *err);
/* For a run that was left by longjmp: this process forgets it as the kernel would after a kill: the
 * lock is free, the lease's row still says held. */
void trial_bury(struct trial *trial);

/* Puts a door before the world of this process that lets the warden work and remembers what a call
 * began with; trial_fork does it by itself. */
void trial_watch_calls(struct trial *trial);

/* The same in a child, whose end is in shared->last. setup may be NULL and runs in the child. The
 * child ends with the program's own exit status. */
typedef void trial_setup(struct trial *trial, void *arg);
pid_t trial_fork(struct trial *trial, trial_setup *setup, void *arg);
/* After a child was killed: what it had begun and not finished in the world never took place, and
 * the guard hears that its orchestrator is gone. */
void trial_killed(struct trial *trial);

/* A person asks, from a process of her own. */
void trial_ask(struct trial *trial, enum request_kind kind, const char *who);
/* A person reads how a run ended and does what the text asks for: approves, mends, aborts. false:
 * the text asks for nothing that a person could do, which is a defect. */
bool trial_person(struct trial *trial, const struct err *why);

/* What counts of the end: the world, where the tracks stand, the state; in the trial's arena. Two
 * ends are the same when these texts are. */
const char *trial_stand(struct trial *trial);

#endif
