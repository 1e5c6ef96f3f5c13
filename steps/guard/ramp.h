/*
 * After the release the proxy has no server connection and many clients. It logs in one at a time,
 * and each login with SCRAM keeps its one thread busy for milliseconds in which nobody is served;
 * as long as anybody waits it goes on, up to the size of the pool. So its growth is slowed for a
 * moment: the first few connections serve those who wait sooner than many logins would. (64 clients
 * on 2 busy cores: longest wait 330 ms with a pool of 80, 100 ms with 20, 70 ms with 4.)
 */
#ifndef GUARD_RAMP_H
#define GUARD_RAMP_H

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/guard.h"

/* Before the release: a few connections and no more. An entry with a limit of its own is not bound
   by that. Errors: as pgconn_ask. */
int ramp_begin(const struct guard *guard, struct pgconn *console, const struct until *until,
               struct err *err) MUST_CHECK;
/* After it: a few more every few milliseconds, for a third of a second; then RELOAD, and all of the
   proxy's own settings hold again. Errors: UNREACHABLE when even that is not possible. */
int ramp_run(const struct guard *guard, struct pgconn *console, struct err *err) MUST_CHECK;

#endif
