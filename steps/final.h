/*
 * The comparison at the position of a cut, as two steps need it: soak after the cutover, and the
 * cutover's own way back after a rollback. The closed side is compared row by row with the
 * snapshots of the other that the guard exported while clients waited.
 */
#ifndef STEPS_FINAL_H
#define STEPS_FINAL_H

#include "steps/step.h"

/* Compares and notes `fact` ("equal", or what differs) and `event`. snapshots: "db=id" lines.
   Errors: REFUSED when the two differ. */
int final_compare(struct step_ctx *ctx, enum engine_way way, const char *snapshots,
                  const char *fact, const char *event, struct err *err) MUST_CHECK;
/* Puts on record that there is nothing to compare with any more. */
void final_unknown(struct step_ctx *ctx, const char *fact, const char *event);

#endif
