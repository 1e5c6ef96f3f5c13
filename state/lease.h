/*
 * The lease: the right to run a migration, and the fence number that makes a former holder's writes
 * void. One runner a migration. On one host an open-file-description lock decides, which the kernel
 * frees the moment its holder dies; the row says who holds it (host, boot id, pid, start time of
 * the pid) for people to read, and its fence is raised by one at each take-over and compared inside
 * every writing transaction.
 */
#ifndef STATE_LEASE_H
#define STATE_LEASE_H

#include "state/store.h"

struct lease;

/* Takes the lease of a migration that stands in the store; a dead holder's is taken over at once.
   Errors: BUSY (names the holder: host, pid, since when), STATE. */
int lease_take(struct lease **out, struct store *store, const char *migration,
               struct err *err) MUST_CHECK;
/* Gives it back; the row says so. NULL is fine. */
void lease_release(struct lease *lease);
void lease_cleanup(struct lease **lease);

int64_t lease_fence(const struct lease *lease);
/* The store it was taken in; borrowed. */
struct store *lease_store(const struct lease *lease);

/* Opens a write transaction and checks in it that this lease's fence is still the row's. Errors:
   FENCED (stop at once), STATE, BUSY. Ends with store_end. */
int lease_begin(struct lease *lease, struct err *err) MUST_CHECK;

/* Whether this lease's fence is still the row's, without writing: for the last moment before an
   action touches the world. Errors: FENCED (stop at once), STATE. */
int lease_check(struct lease *lease, struct err *err) MUST_CHECK;

/* Who holds a migration now, for status. holder is "" when nobody does; alive is what the lock
 * says. */
struct lease_view {
    const char *holder; /* "host op, pid 4711, boot 1c2f…, since 2026-11-21T22:40:12Z" */
    int64_t fence;
    bool alive;
};
int lease_look(struct store *store, const char *migration, struct arena *arena,
               struct lease_view *out, struct err *err) MUST_CHECK;

#endif
