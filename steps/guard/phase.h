/*
 * The sub-phases of a cut, in their order, and what each took. Times count from the beginning of
 * the hold: what comes before it is negative.
 */
#ifndef GUARD_PHASE_H
#define GUARD_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define GUARD_PHASES(X)                                                                            \
    X(align)    /* the source's log is padded to just before a segment's end */                    \
    X(freeze)   /* the proxy opens no new server connection: none may be logging in at the hold */ \
    X(fence)    /* the source's door is closed */                                                  \
    X(prove)    /* a session that knocks is refused */                                             \
    X(hold)     /* PAUSE: running transactions end, clients wait */                                \
    X(clear)    /* the sessions that were inside are ended, and none is left */                    \
    X(seal)     /* the log is flushed; its end is the final position */                            \
    X(drain)    /* the target has applied it */                                                    \
    X(claim)    /* the decision: commit. What follows is done whatever happens */                  \
    X(promote)  /* the target is asked to become a primary */                                      \
    X(switch)   /* the proxy reads the configuration that points at the target */                  \
    X(wait)     /* until the target is a primary */                                                \
    X(release)  /* RESUME: clients go on at the target */                                          \
    X(call_off) /* instead, from claim on: unfenced, clients go on at the source */

enum guard_phase {
#define PHASE_ENUM(name) PHASE_##name,
    GUARD_PHASES(PHASE_ENUM)
#undef PHASE_ENUM
        PHASE_COUNT
};

const char *phase_name(enum guard_phase phase);

struct timeline {
    int64_t zero_us;               /* when the hold began */
    int64_t began_us[PHASE_COUNT]; /* 0: not entered */
    int64_t ended_us[PHASE_COUNT];
    enum guard_phase now;
    bool running;
    const char *stop_at; /* rehearsal: where the process stops itself; NULL nowhere */
};

/* Ends the phase that runs, if any, and begins this one. */
void timeline_enter(struct timeline *timeline, enum guard_phase phase);
void timeline_end(struct timeline *timeline);
/* "phase NAME AT_US TOOK_US" lines. */
void timeline_lines(const struct timeline *timeline, struct str *out);
/* [{"phase":"hold","at_us":0,"took_us":2100}, …] */
void timeline_json(const struct timeline *timeline, struct str *out);

#endif
