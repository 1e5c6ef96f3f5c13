/*
 * Who kept the proxy from pausing: the session that was in the middle of a transaction, for the
 * report of an attempt that was called off.
 */
#ifndef GUARD_BLAME_H
#define GUARD_BLAME_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "steps/guard/guard.h"

/* The server processes behind the proxy's busy connections, as the text of an SQL array:
   "{123,456}". On the spare console, before the clients are let go. Errors: as pgconn_ask. */
int blame_busy(const struct guard *guard, struct pgconn *spare, struct str *out,
               const struct until *until, struct err *err) MUST_CHECK;
/* Names the oldest of them: process, user, address, age, state, and its statement with all literals
   and numbers taken out, at most 80 characters.
   "" when they are gone by now. Errors: as pgconn_ask. */
int blame_name(struct pgconn *source, const char *busy, struct str *out, const struct until *until,
               struct err *err) MUST_CHECK;

#endif
