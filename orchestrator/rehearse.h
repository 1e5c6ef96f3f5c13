/*
 * The dry run: every step of both machines is asked, in order, what it would do, and nothing is
 * done. The world stays in WORLD_READ, where the wire refuses every change, and no store is
 * written. Phases behind the present one are planned on what the phases before them will have made;
 * each step says so itself (step_ctx.dry).
 */
#ifndef ORCHESTRATOR_REHEARSE_H
#define ORCHESTRATOR_REHEARSE_H

#include "base/clock.h"
#include "orchestrator/machine.h"
#include "steps/port/finding.h"
#include "steps/port/ports.h"
#include "steps/spec.h"

struct rehearsed {
    const char *track;
    const struct machine_row *row;
    struct step_plan plan;
    const struct finding *finding; /* what it found, the preflight only */
    size_t findings;
};
struct rehearsal {
    struct rehearsed *phase; /* in the order in which they will come */
    size_t phases;
    size_t blocks, warnings;
};

/* All in arena. Errors: those of looking. */
int rehearse(const struct spec *spec, const struct ports *ports, struct clock clock,
             struct arena *arena, struct rehearsal *out, struct err *err) MUST_CHECK;

#endif
