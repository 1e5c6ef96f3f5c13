/*
 * Waiting, always with an end: every wait of the guard goes through here and has a deadline, and
 * while nothing is decided it is also ended by the leash (leash.h). Times are CLOCK_BOOTTIME in
 * microseconds. Nothing here sleeps longer than it was told to.
 */
#ifndef GUARD_UNTIL_H
#define GUARD_UNTIL_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct leash;

struct until {
    int64_t at_us;       /* the deadline */
    struct leash *leash; /* NULL: nobody may interrupt */
};

int64_t until_now_us(void);
struct until until_in_ms(int64_t ms, struct leash *leash);

/* Waits until fd has one of events (poll(2)). what names the wait in the error.
   Errors: TIMEOUT, INTERRUPTED (the orchestrator is gone), INTERNAL (poll). */
int until_ready(const struct until *until, int fd, short events, const char *what,
                struct err *err) MUST_CHECK;
/* Sleeps us microseconds. Errors: as until_ready. */
int until_nap(const struct until *until, int64_t us, const char *what, struct err *err) MUST_CHECK;

#endif
