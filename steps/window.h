/*
 * The rollback window, as two steps need it: `soak`, which keeps the old source in step with the
 * target until the window ends, and `cutover`, when the clients are taken back over it. Seeing it,
 * planning it, and its actions.
 *
 * Whether the window ended is a fact, noted by the action that ends it: so a rollback that was
 * asked for while it was open is never overtaken by the clock.
 */
#ifndef STEPS_WINDOW_H
#define STEPS_WINDOW_H

#include "steps/step.h"

struct window {
    int hours; /* that the migration file asks for; 0: there is no window */
    struct engine_seen engine;
    const char *source, *target;
    const char *text;        /* the lag of the old source in words */
    int64_t ends_us, now_us; /* wall clock; ends_us 0: it has not begun */
    const char *ended;       /* why it is over; NULL while it is open */
    const char *asked_end;   /* who asked for its end; NULL: nobody */
    int64_t max_lag_bytes, max_held_bytes;
    int64_t tries; /* rewinds begun since a person last acted */
    bool dry;
};

/* Looks, and notes the samples back_lag_bytes, back_lag_ms and back_held_bytes while the old source
 * follows. */
int window_see(struct step_ctx *ctx, struct window *out, struct err *err) MUST_CHECK;
/* The same for somebody who has looked at the engine already. */
void window_fill(struct step_ctx *ctx, const struct engine_seen *engine, struct window *out);

/* Whether a window was asked for and has not ended. */
bool window_is_open(const struct window *window);
/* Open, and the old source streams, closed to others, and is no further behind than a cutover
 * allows. */
bool window_is_kept(const struct window *window);
/* Why clients cannot be taken back, or NULL when they can, now or later. */
const char *window_refusal(const struct window *window, struct arena *arena);

/* Appends what keeping the window needs next (or a wait, or a hold), or its end when the log that
 * it holds back endangers the target. Returns false when the old source is in step as well as it
 * can be. */
bool window_plan_keep(const struct window *window, struct arena *arena, struct step_plan *plan);
/* Appends the end of a window that is over: by its time, or because somebody asked. */
bool window_plan_end(const struct window *window, struct arena *arena, struct step_plan *plan);

bool window_knows(const struct step_action *action);
/* Errors: INTERNAL for an action that is not the window's. */
int window_apply(struct step_ctx *ctx, const struct step_action *action,
                 struct err *err) MUST_CHECK;

/* What people must know before they agree to the windows of a migration file: one finding each. */
void window_findings(const struct spec *spec, struct findings *out);

#endif
