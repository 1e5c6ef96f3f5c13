/*
 * The contract of a step: the code behind a phase.
 *
 *   observe   reads the world, changes nothing
 *   plan      pure: from what was seen and the goal to a short list of actions, or wait, or hold,
 * or done; no I/O, no clock, no store apply     carries out one action
 *
 * Laws, each with a test: an action whose effect already holds succeeds; actions are ordered so
 * that stopping after any one of them leaves a safe world; what we create bears the migration's
 * name, and what is there and is not ours is a hold; what plan needs and observe cannot see again
 * is a fact, noted by apply and stored with the action's outcome.
 *
 * There is no verify and no undo: verified means observe again and the plan is empty; undone means
 * the same step with the goal absent.
 */
#ifndef STEPS_STEP_H
#define STEPS_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "state/fact.h"
#include "state/request.h"
#include "steps/port/finding.h"
#include "steps/port/ports.h"
#include "steps/rate.h"
#include "steps/spec.h"

enum step_goal { STEP_PRESENT, STEP_ABSENT };

/* One change that a plan asks for. Texts are static or live in the arena of the attempt. */
struct step_action {
    const char *name;   /* "prepare", "copy", "cut": stable, what apply switches on */
    const char *object; /* what it touches: a host, a slot, a service */
    const char *story;  /* what it does, for the plan that a person reads */
    int64_t number;     /* an attempt or a side, where the action needs one */
};

enum step_verdict {
    STEP_DONE, /* the goal holds */
    STEP_ACT,  /* carry out the actions, then look again */
    STEP_WAIT, /* not yet; it comes by itself */
    STEP_GATE, /* a person is asked; look again meanwhile */
    STEP_HOLD, /* nothing goes on without a person: park */
    STEP_LATE, /* the goal absent can no longer be reached: go forward */
};

#define STEP_ACTIONS_MAX 12

struct step_plan {
    enum step_verdict verdict;
    struct step_action action[STEP_ACTIONS_MAX];
    size_t actions;
    const char *reason;      /* WAIT, GATE, HOLD, LATE: for people; with its numbers */
    int64_t again_ms;        /* WAIT, GATE: when to look again */
    enum err_code hold_code; /* HOLD: WAITING, REFUSED, FOREIGN, HELD … */
};

/* What a step may tell besides its result; the runner stores it with the outcome. */
struct step_notes;

struct step_ctx {
    const struct spec *spec;
    const struct spec_service *service; /* NULL on the network track */
    size_t service_index;
    const char *track;
    const struct ports *ports;
    const struct facts *facts;
    const struct request *request; /* all of this migration, oldest first */
    size_t requests;
    size_t services_open; /* service tracks that have not reached their end */
    bool first_look;      /* the first observation of this phase by this process */
    bool dry;             /* nobody will apply what comes out */
    struct clock clock;
    struct arena *arena; /* of this attempt */
    struct rate *rate;   /* of this phase, kept between looks */
    struct step_notes *notes;
};

struct step {
    const char *name;
    const char *story; /* one sentence: what it is for */

    /* Fills *out_seen (in ctx->arena) with what plan needs. */
    int (*observe)(struct step_ctx *ctx, const void **out_seen, struct err *err);
    /* Pure. plan comes in as DONE with no actions; texts that it makes go into the arena. Errors:
     * only defects (INTERNAL). */
    int (*plan)(const void *seen, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err);
    int (*apply)(struct step_ctx *ctx, const struct step_action *action, struct err *err);
};

/* For plan functions: append an action (verdict becomes ACT) or set the verdict. A full list is
 * INTERNAL at the runner. */
void step_act(struct step_plan *plan, const char *name, const char *object, const char *story,
              int64_t number);
void step_wait(struct step_plan *plan, int64_t again_ms, const char *reason);
void step_gate(struct step_plan *plan, int64_t again_ms, const char *reason);
void step_hold(struct step_plan *plan, enum err_code code, const char *reason);

/* The pause after that many attempts in a row: 2 s, 4 s, 8 s … up to 60 s. */
int64_t step_pause_ms(int64_t tried);

/* For observe and apply: things to store and tell. Copied into the arena of the attempt. */
struct step_note {
    enum { NOTE_FACT, NOTE_EVENT, NOTE_FINDING, NOTE_SAMPLE } kind;
    const char *name;   /* fact, event, check or series */
    const char *text;   /* fact's value, event's sentence, finding's sentence */
    const char *object; /* finding: what it is about */
    const char *detail; /* event: JSON or NULL; finding: its remedy */
    enum finding_level level;
    int64_t value; /* sample */
};
struct step_notes {
    struct arena *arena;
    struct step_note *note;
    size_t len, room;
};
void step_note_fact(struct step_ctx *ctx, const char *name, const char *value);
void step_note_event(struct step_ctx *ctx, const char *name, const char *text, const char *detail);
void step_note_sample(struct step_ctx *ctx, const char *series, int64_t value);
void step_note_findings(struct step_ctx *ctx, const struct findings *findings);

/* A fact of this track, or NULL. */
const char *step_fact(const struct step_ctx *ctx, const char *name);

struct engine *step_engine(const struct step_ctx *ctx);
struct traffic *step_traffic(const struct step_ctx *ctx);

/* Every step there is. */
extern const struct step step_preflight, step_tunnel, step_services, step_audit;
extern const struct step step_seed, step_follow, step_catch_up, step_compare, step_approve,
    step_cutover, step_soak, step_retire;

#endif
