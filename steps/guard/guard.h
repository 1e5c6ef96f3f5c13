/*
 * What every mode of the guard shares: its plan, its directory, the attempt; and the sessions to
 * the three places that it works on.
 */
#ifndef GUARD_GUARD_H
#define GUARD_GUARD_H

#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/keep.h"
#include "steps/guard/pgconn.h"
#include "steps/guard/plan.h"
#include "steps/guard/until.h"

struct guard {
    const char *dir;
    int64_t attempt;
    struct guard_plan plan;
    uid_t console_uid;
    struct keep_secret secret; /* as it was found: what is written anew is not this attempt's */
    const char
        *trial_sslmode; /* with which the trial session is admitted while the source is open */
};

/* Reads the plan and looks up its user. Errors: SPEC. */
int guard_load(struct guard *out, const char *dir, int64_t attempt, struct err *err) MUST_CHECK;
void guard_unload(struct guard *guard); /* for CLEANUP() too; a zeroed one is fine */

/* A second, independent way to each place: the warden has its own. */
struct links {
    struct pgconn console;
    struct pgconn spare; /* a second console: the first cannot be used while its PAUSE waits */
    struct pgconn source;
    struct pgconn target;
};

/* Opens what is not open or was lost, and makes the sessions ready. Errors: UNREACHABLE, TIMEOUT,
 * INTERRUPTED; what is open stays open. */
int links_console(const struct guard *guard, struct pgconn *console, const struct until *until,
                  struct err *err) MUST_CHECK;
int links_source(const struct guard *guard, struct links *links, const struct until *until,
                 struct err *err) MUST_CHECK;
int links_target(const struct guard *guard, struct links *links, const struct until *until,
                 struct err *err) MUST_CHECK;
int links_open(const struct guard *guard, struct links *links, const struct until *until,
               struct err *err) MUST_CHECK;
/* A session to the server behind keywords, set up as ours are. */
int links_server(struct pgconn *conn, const char *what, const char *keywords, const char *database,
                 const struct until *until, struct err *err) MUST_CHECK;
void links_close(struct links *links);

#endif
