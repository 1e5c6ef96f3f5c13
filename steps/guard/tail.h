/*
 * What follows the decision. Forward, after commit: promote, switch, release. Back, after call-off:
 * lift the fence, release. Every part is idempotent, and worker, warden and finish may run the same
 * one side by side. None of it is interrupted by the leash.
 */
#ifndef GUARD_TAIL_H
#define GUARD_TAIL_H

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/guard.h"
#include "steps/guard/phase.h"

/* How long either way is tried before it is called held: both sides closed, a person is needed. */
enum { TAIL_TRY_MS = 30000 };

/* Whose work it is: our own, whose statements our sessions run in their order; or that of somebody
   who is dead, whose last statement may still be running at the source: it is ended first, or the
   fence could close behind us. */
enum tail_whose { TAIL_OWN, TAIL_OF_THE_DEAD };

/* Forward. timeline may be NULL. Errors: HELD with what stands in the way. */
int tail_forward(const struct guard *guard, struct links *links, enum tail_whose whose,
                 struct timeline *timeline, struct err *err) MUST_CHECK;
/* Back. Errors: HELD. */
int tail_back(const struct guard *guard, struct links *links, enum tail_whose whose,
              struct err *err) MUST_CHECK;
/* The clients were held but the source was never touched: the proxy only is let go. Errors: HELD.
 */
int tail_let_go(const struct guard *guard, struct links *links, enum tail_whose whose,
                struct err *err) MUST_CHECK;

#endif
