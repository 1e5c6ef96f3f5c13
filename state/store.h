/*
 * The state file: one SQLite database. The only module that names sqlite3_*. Everything above
 * speaks in statements with typed arguments and rows, and in transactions that are either read or
 * write (BEGIN IMMEDIATE).
 *
 * journal_mode=TRUNCATE and synchronous=EXTRA, never WAL: SQLite 3.40.1 as Debian 12 ships it can
 * lose commits in WAL mode when several processes checkpoint.
 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"

struct store;

enum store_access {
    STORE_READ,   /* the file must exist; nothing is written, nothing is created */
    STORE_WRITE,  /* the file must exist; its schema is brought up to ours, after a backup */
    STORE_CREATE, /* directory and file are made when missing */
};

/* Opens DIR/state.db. For writing, room is kept beside it for the last words (store_give_room).
   DIR is 0700 and ours, the file 0600 and ours, neither a link, not on a
   network file system. Errors: STATE with what is wrong and what to do (rights, owner, network file
   system, not a state file of ours, a newer schema and the version that is needed, damage found by
   the check after an unclean end); FULL; MEMORY; UNREACHABLE never. */
int store_open(struct store **out, const char *dir, enum store_access access, struct clock clock,
               struct err *err) MUST_CHECK;
void store_close(struct store *store); /* NULL is fine */
void store_cleanup(struct store **store);

/* One transaction. A write transaction takes the write lock at once and waits for it up to 10 s
   (then BUSY). Nesting is an INTERNAL error. store_end(STORE_ROLLBACK) cannot fail. */
enum store_end { STORE_COMMIT, STORE_ROLLBACK };
int store_begin_read(struct store *store, struct err *err) MUST_CHECK;
int store_begin_write(struct store *store, struct err *err) MUST_CHECK;
int store_end(struct store *store, enum store_end how, struct err *err) MUST_CHECK;

/* store_end(STORE_ROLLBACK) on the way out of an error: returns -1 always, and leaves the caller's
 * error as it is. */
int store_rollback(struct store *store);

/* Called after each commit that changed something, when it is on disk and the transaction is over.
 * One observer; NULL: none. */
typedef void store_commit(void *arg);
void store_on_commit(struct store *store, store_commit *observer, void *arg);

/* Gives up the room that was kept beside the file (256 KiB), so that one more small record fits on
 * a full disk: why the run stopped. False when there was none. It is kept again by the next who
 * opens the file for writing and finds room. */
bool store_give_room(struct store *store);

/* A value to bind or a value that was read. Text and blobs that were read live in the caller's
 * arena. */
enum store_type { STORE_NULL, STORE_INT, STORE_TEXT, STORE_BLOB };
struct store_value {
    enum store_type type;
    int64_t i;
    const char *text; /* TEXT (terminated), or the bytes of a BLOB */
    size_t len;       /* in bytes, without the terminator */
};
struct store_value store_int(int64_t i);
struct store_value store_text(const char *text); /* NULL binds NULL */
struct store_value store_blob(const void *bytes, size_t len);

struct store_rows {
    size_t rows, cols;
    struct store_value *cell; /* cell[row * cols + col] */
};

/* Runs one statement; $1, $2 … appear in order of first use. Rows are fetched whole before it
   returns, so that no reader ever holds a lock while somebody looks at a screen. out may be NULL.
   out_changes (rows changed) may be NULL. Errors: STATE (damage, I/O), FULL, MEMORY, BUSY. */
int store_run(struct store *store, struct arena *arena, const char *sql,
              const struct store_value *args, size_t nargs, struct store_rows *out,
              int64_t *out_changes, struct err *err) MUST_CHECK;

/* Runs a SELECT of which each column has a type: one letter for each, 't' text, 'i' an integer, 'o'
   text or NULL. A damaged file gives values of other types without an error of SQLite's; nobody
   above meets them. Errors: those of store_run; STATE when a value is of another type. */
int store_read(struct store *store, struct arena *arena, const char *sql, const char *types,
               const struct store_value *args, size_t nargs, struct store_rows *out,
               struct err *err) MUST_CHECK;

/* Whole-file check (PRAGMA integrity_check). Errors: STATE. */
int store_check(struct store *store, struct err *err) MUST_CHECK;

/* The same, without comparing indexes with their tables (PRAGMA quick_check): after an unclean end.
   Errors: STATE. */
int store_quick_check(struct store *store, struct err *err) MUST_CHECK;

/* Whether everything that a resume goes by (migrations, tracks, leases, facts, requests) and the
   schema itself are as the last commit left them: a SHA-256 over all of it is written with each
   commit. The journal has its chain instead; samples are only shown and have neither. It is made
   without a key: it finds damage and what other programs changed, not a forger. A file of schema
   version 1 has no seal and passes. Errors: STATE, MEMORY. */
int store_seal_check(struct store *store, struct err *err) MUST_CHECK;

/* Who this process is, as each journal row names its origin: "host op, pid 4711, boot 1c2f54a0". */
const char *store_origin(const struct store *store);
/* The wall clock of the clock that the store was opened with. */
int64_t store_wall_us(const struct store *store);

const char *store_dir(const struct store *store);
int store_schema_version(void); /* what this binary writes into user_version */

#endif
