/*
 * Anchors: the newest row of a migration's journal, noted outside the state directory each time one
 * is committed. A state directory that is put back from a backup brings its whole past with it,
 * chain and seal and all; only what was kept elsewhere can tell that it is not the newest.
 *
 * One small file a migration, named by its id and the hash of its first row, so that a new
 * migration of the same id is not taken for an old copy of another. It is written after the commit
 * and synced, so it is never ahead of the state file, whatever is cut off when; it may lag behind
 * by the rows of the last instant.
 */
#ifndef STATE_ANCHOR_H
#define STATE_ANCHOR_H

#include "state/lease.h"
#include "state/store.h"

/* Whether this state file holds the newest row that was noted for the migration. No note at all is
   no error: *out_known is false then (another host, or a migration that was just made). Changes
   nothing. out_known may be NULL.
   Errors: STATE: an older copy, or one that went another way (the text says which row is missing
   and how to go on with it); STATE: the note itself is damaged or cannot be read. */
int anchor_check(struct store *store, const char *migration, const char *dir, bool *out_known,
                 struct err *err) MUST_CHECK;

/* Notes the newest row now, and from now on after each commit of this store that added one, until
   anchor_free. dir is made (0700) when it is missing. When a note cannot be written, that is said
   once as a warning and nothing else happens: a migration does not stop for it. */
struct anchor;
struct anchor *anchor_follow(struct store *store, const char *migration, const char *dir);
void anchor_free(struct anchor *anchor); /* NULL is fine */
/* What anchor_follow has the store call after each commit. */
void anchor_note(void *anchor);

/* A person takes the file as it is, knowingly: journals who did and what is missing, lifts the
   fence to what it was known to be, so that it never falls, and notes this file's head as the
   newest. head are the first 8 digits or more of the hash of its last row. Errors: REFUSED (head is
   not this file's; nothing to accept), STATE. */
int anchor_accept(struct store *store, const char *migration, const char *dir, const char *head,
                  const char *who, struct err *err) MUST_CHECK;

/* The end of a migration's journal. */
struct anchor_head {
    int64_t seq;
    char hash[65];
    int64_t fence;
};
int anchor_head(struct store *store, const char *migration, struct anchor_head *out,
                struct err *err) MUST_CHECK;

#endif
