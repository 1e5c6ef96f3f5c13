/*
 * Who is inside the source: after the fence is closed, every session that is not ours is ended,
 * until none is left. That includes those that pg_stat_activity does not show because they are
 * still authenticating (by the rules from before the fence): they are found among the postmaster's
 * children, as /proc lists them.
 *
 * What stays: our own role's sessions, physical WAL senders, and the server's own processes. What
 * cannot be ended makes the cut be called off: prepared transactions, and whatever does not go in
 * time.
 */
#ifndef GUARD_CLEAR_H
#define GUARD_CLEAR_H

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/guard.h"

/* Warms the source's session: prepares the statement that looks and ends, and learns which children
   of the postmaster are the server's own (its logger shows in no view). Again after the session was
   reopened. Errors: DATABASE, REFUSED (the children cannot be listed). */
int clear_prepare(struct pgconn *source, const struct until *until, struct err *err) MUST_CHECK;
/* What would never go: prepared transactions, enabled subscriptions. For before the hold. Errors:
 * REFUSED naming them. */
int clear_forecast(struct pgconn *source, const struct until *until, struct err *err) MUST_CHECK;
/* Sends the first round of ending, without waiting for its answer. */
int clear_begin(struct pgconn *source, const struct until *until, struct err *err) MUST_CHECK;
/* Collects that, then looks and ends until none is left. To be called after the fence was proved.
 * Errors: REFUSED or TIMEOUT naming who is left. */
int clear_finish(struct pgconn *source, const struct until *until, struct err *err) MUST_CHECK;

#endif
