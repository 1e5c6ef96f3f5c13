/*
 * The runner: it moves the tracks of one migration through their machines until each is at an end,
 * a person is needed, or it is told to stop. It holds the lease. Nothing is replayed on resume: the
 * world is the truth, the phase is the cursor, the journal is the story.
 *
 * One turn of a track: observe → plan → for each action: journal the intent (commit), apply,
 * journal the outcome and facts (commit) → observe again; done: move the phase and journal it in
 * one transaction. Tracks take turns in one thread, so a step that takes long works as a job that
 * observe can see.
 */
#ifndef ORCHESTRATOR_RUNNER_H
#define ORCHESTRATOR_RUNNER_H

#include <signal.h>

#include "base/clock.h"
#include "base/err.h"
#include "state/lease.h"
#include "state/migration.h"
#include "steps/port/ports.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

/* What is told to whoever watches, as it happens. Texts are borrowed for the call. */
enum watch_kind {
    WATCH_PHASE,
    WATCH_ACTION,
    WATCH_DONE,
    WATCH_WAIT,
    WATCH_RETRY,
    WATCH_HOLD,
    WATCH_FINDING,
    WATCH_EVENT
};
struct watch {
    enum watch_kind kind;
    const char *track, *phase;
    const char *action;       /* ACTION, DONE: its name; FINDING: its check */
    const char *object;       /* ACTION, DONE, FINDING */
    const char *text;         /* what a person reads */
    int64_t took_us;          /* DONE */
    enum finding_level level; /* FINDING */
};
typedef void runner_watch(void *arg, const struct watch *watch);

/* The moments around an action at which a rehearsal may stop or kill the runner; NULL in earnest.
 */
enum runner_moment {
    MOMENT_BEFORE_INTENT,
    MOMENT_AFTER_INTENT,
    MOMENT_AFTER_EFFECT,
    MOMENT_AFTER_OUTCOME
};
const char *runner_moment_name(enum runner_moment moment); /* "before-intent", … */
typedef void runner_hook(void *arg, const char *phase, const char *action,
                         enum runner_moment moment);

enum runner_gate {
    RUNNER_STAY_AT_GATE,  /* go on watching and renewing leases until somebody approves */
    RUNNER_LEAVE_AT_GATE, /* end with WAITING */
};

struct runner_config {
    struct store *store;
    struct lease *lease;
    const struct spec *spec;
    const struct ports *ports;
    struct world *world; /* NULL with fakes */
    struct clock clock;
    enum runner_gate gate;
    runner_watch *watch; /* may be NULL */
    void *watch_arg;
    runner_hook *hook; /* may be NULL */
    void *hook_arg;
    const volatile sig_atomic_t *stop; /* not 0: end between actions; may be NULL */
};

/* What the world's tap must be set to, with the runner as its argument; see world_open. */
struct runner;
void runner_tap(void *arg, const struct world_io *io);

struct runner *runner_new(void);
void runner_free(struct runner *runner); /* NULL is fine */
void runner_cleanup(struct runner **runner);

/* Runs until the end. 0: done.
   Errors: ABORTED (taken back, as somebody asked), WAITING, REFUSED, HELD, FOREIGN … (parked; the
   text says what a person must do), INTERRUPTED (told to stop), FENCED, STATE (at once). */
int runner_run(struct runner *runner, const struct runner_config *config,
               struct err *err) MUST_CHECK;

/* The tracks of a new migration, at their first phases; in arena. */
void runner_first_tracks(const struct spec *spec, struct arena *arena, struct track **out,
                         size_t *out_len);

#endif
