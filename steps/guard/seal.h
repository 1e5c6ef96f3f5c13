/*
 * The end of the source's log: aligned beforehand to just before a segment's end, sealed in the
 * pause (flushed, its end read), and awaited at the target.
 *
 * Why align: at promotion the server copies the segment in which recovery ended, 16 MB in steps of
 * 8 kB, and syncs it: 27 ms in the median. When recovery ends at a segment's end it makes a new
 * file instead: 8.5 ms (measured, PostgreSQL 15, wal_init_zero off).
 */
#ifndef GUARD_SEAL_H
#define GUARD_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/guard.h"

struct seal {
    int64_t segment;   /* wal_segment_size in bytes */
    int64_t margin;    /* at most so far from the segment's end the log is switched in the pause */
    char position[32]; /* after seal_now: the final position */
};

/* Learns the segment's size. Errors: DATABASE. */
int seal_prepare(struct seal *out, struct pgconn *source, const struct until *until,
                 struct err *err) MUST_CHECK;
/* Pads the source's log (pg_logical_emit_message, which no reader acts upon) and waits until the
   target has it. Clients go on writing. When they write faster than can be aligned, margin is left
   at 0 and the pause does without. Errors: UNREACHABLE, INTERRUPTED, TIMEOUT (the target is
   behind). */
int seal_align(struct seal *seal, struct links *links, const struct until *until,
               struct err *err) MUST_CHECK;
/* Everything written so far is flushed and position is its end. To be called when nobody writes any
 * more. */
int seal_now(struct seal *seal, struct pgconn *source, const struct until *until,
             struct err *err) MUST_CHECK;
/* Waits until the target has applied position. Errors: TIMEOUT saying how much is missing; REFUSED
 * (the target is no standby). */
int seal_drain(const struct seal *seal, struct pgconn *target, const struct until *until,
               struct err *err) MUST_CHECK;

#endif
