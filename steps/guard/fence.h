/*
 * The fence at the source: a file that the engine's pg_hba.conf lines read as a list of users.
 * Closed, it names everybody but us, and the server refuses whoever knocks, proxied or not,
 * superuser or not. It is one file of the server's: no catalog changes, so nothing of it reaches
 * the target. It binds those who come; those who are inside are ended by clear.h.
 */
#ifndef GUARD_FENCE_H
#define GUARD_FENCE_H

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/guard.h"

enum fence { FENCE_OPEN, FENCE_CLOSED };

/* Writes the file and makes the server read it: one round trip. The postmaster acts on the signal
   before it takes any connection that comes after this returned; fence_prove looks. Errors: as
   pgconn_ask. */
int fence_set(const struct guard *guard, struct pgconn *source, enum fence want,
              const struct until *until, struct err *err) MUST_CHECK;
/* Knocks until the answer is the wanted one: refused by pg_hba when closed, admitted to the
   password stage when open. Errors: TIMEOUT with what came instead. */
int fence_prove(const struct guard *guard, enum fence want, const struct until *until,
                struct err *err) MUST_CHECK;
/* Before the cut, the source open: finds the sslmode with which the trial session is admitted,
   without which its refusal later would prove nothing. Errors: REFUSED. */
int fence_rehearse(struct guard *guard, const struct until *until, struct err *err) MUST_CHECK;

#endif
