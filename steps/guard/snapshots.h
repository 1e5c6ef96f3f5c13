/*
 * Snapshots of the target at the final position, one in each database, exported by sessions of the
 * worker that keep them until it ends: by them the orchestrator compares both sides as they were at
 * the cut while clients write on. They are taken between the drain and the promotion: a hot standby
 * exports them too, and their sessions live through it.
 */
#ifndef GUARD_SNAPSHOTS_H
#define GUARD_SNAPSHOTS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "steps/guard/guard.h"

struct snapshots {
    size_t len;
    struct pgconn *conn; /* one session a database */
    char **database;
};

/* Opens and warms a session in each database of the plan. Errors: UNREACHABLE, SPEC (the list of
 * names). */
int snapshots_open(const struct guard *guard, struct snapshots *out, const struct until *until,
                   struct err *err) MUST_CHECK;
/* All are asked, none is awaited. Errors: UNREACHABLE. */
int snapshots_send(struct snapshots *snapshots, const struct until *until,
                   struct err *err) MUST_CHECK;
/* Errors: DATABASE, UNREACHABLE, TIMEOUT: then there are none. */
int snapshots_collect(struct snapshots *snapshots, const struct until *until,
                      struct err *err) MUST_CHECK;
/* "snapshot DATABASE=ID" lines; nothing for a session without one. */
void snapshots_lines(const struct snapshots *snapshots, struct str *out);
void snapshots_close(struct snapshots *snapshots);

/* Cuts a list of names at its spaces; one in double quotes may hold spaces, and "" for a quote.
   Returns how many, each to be freed, or −1 (a quote is not closed). *out is NULL when there are
   none. */
int snapshots_names(const char *list, char ***out);

#endif
