/*
 * One guard at a time in a directory: a lock that worker and warden share and that the kernel drops
 * when both are gone. The lock file holds the worker's process id with its start time, so that a
 * pid that was used again is never taken for it.
 */
#ifndef GUARD_LOCK_H
#define GUARD_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* Takes the lock. When another guard has it, its worker is told to go (SIGTERM: it acts as if its
   orchestrator were gone) and its end is awaited for wait_ms. *out_fd must stay open; children
   inherit it. Errors: BUSY, INTERNAL. */
int lock_take(const char *dir, int64_t wait_ms, int *out_fd, struct err *err) MUST_CHECK;
/* Whether a guard lives here. */
bool lock_is_held(const char *dir);

#endif
