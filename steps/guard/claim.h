/*
 * The decision of an attempt, and its outcome, as files in the guard's directory. A decision is
 * made once: the name decision.N appears with its content in one step (link(2) of a synced file)
 * and never changes; whoever comes second reads it and obeys. Every file and the directory are
 * synced before a call returns.
 */
#ifndef GUARD_CLAIM_H
#define GUARD_CLAIM_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

enum claim { CLAIM_NONE, CLAIM_COMMIT, CLAIM_CALL_OFF };
enum claim_outcome { OUTCOME_NONE, OUTCOME_SWITCHED, OUTCOME_RETURNED, OUTCOME_HELD };

const char *claim_name(enum claim claim); /* "none", "commit", "call-off" */
const char *claim_outcome_name(
    enum claim_outcome outcome); /* "none", "switched", "returned", "held" */

/* Writes down that attempt n begins, and its way as the plan has it (NULL: to the target). Errors:
 * INTERNAL. */
int claim_begin(const char *dir, int64_t attempt, const char *way, struct err *err) MUST_CHECK;
/* That way; "" for the one to the target. Errors: INTERNAL. */
int claim_way(const char *dir, int64_t attempt, struct str *out, struct err *err) MUST_CHECK;
/* The newest attempt that began, 0 when there is none. Errors: INTERNAL. */
int claim_newest(const char *dir, int64_t *out, struct err *err) MUST_CHECK;

/* Makes a synced draft of the decision, so that in the pause only its name is left to make: one
 * sync less. Errors: INTERNAL (no space). */
int claim_draft(const char *dir, enum claim want, struct err *err) MUST_CHECK;
/* Claims want, with this process's draft of it, which is made when there is none. *out is what was
   decided: want, or what somebody claimed before. Errors: INTERNAL (no space, no such directory):
   read it to know what is decided. */
int claim_decide(const char *dir, int64_t attempt, enum claim want, enum claim *out,
                 struct err *err) MUST_CHECK;
/* What was decided; CLAIM_NONE when nothing was. Errors: INTERNAL. */
int claim_read(const char *dir, int64_t attempt, enum claim *out, struct err *err) MUST_CHECK;

/* The final position of an attempt, for whoever tells of it when the worker is dead: not synced,
 * nothing is decided by it. */
void claim_note_position(const char *dir, int64_t attempt, const char *position);
/* "" when there is none. Errors: INTERNAL. */
int claim_position(const char *dir, int64_t attempt, struct str *out, struct err *err) MUST_CHECK;

/* How an attempt ended. */
struct claim_end {
    enum claim_outcome outcome;
    const char *reason;   /* "" */
    const char *position; /* "" */
    const char *who;      /* "worker", "warden", "finish" */
    const char *timeline; /* JSON array; "" */
};
/* Errors: INTERNAL. */
int claim_record(const char *dir, int64_t attempt, const struct claim_end *end,
                 struct err *err) MUST_CHECK;
/* The recorded outcome as its JSON text; empty when there is none. Errors: INTERNAL. */
int claim_recorded(const char *dir, int64_t attempt, struct str *out, struct err *err) MUST_CHECK;

#endif
