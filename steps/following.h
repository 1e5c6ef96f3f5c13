/*
 * What every step between following and the cutover looks at: is the standby still streaming, how
 * far behind is it, and does the log it holds back endanger the source. One place, so that the gate
 * of a person's approval watches as well as the wait for the lag.
 */
#ifndef STEPS_FOLLOWING_H
#define STEPS_FOLLOWING_H

#include "steps/step.h"

struct following {
    struct engine_seen engine;
    const char *text; /* the lag in words, with its trend */
    const char *source, *target;
    int64_t max_lag_bytes, max_held_bytes;
    bool stalled; /* not streaming, or nothing arrived for too long although there is more */
};

/* Looks, and notes the samples lag_bytes, lag_ms and held_bytes. */
int following_see(struct step_ctx *ctx, struct following *out, struct err *err) MUST_CHECK;

/* True when following itself needs something first: it is then in the plan (kick the link, let the
 * slot go, hold). */
bool following_plan(const struct following *seen, struct arena *arena, struct step_plan *plan);

/* Carries out what following_plan asked for: "kick" or "let-go". Errors: INTERNAL for any other
 * action. */
int following_apply(struct step_ctx *ctx, const struct step_action *action,
                    struct err *err) MUST_CHECK;

#endif
