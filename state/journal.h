/*
 * The journal: the append-only record of everything that was intended, done and answered. Triggers
 * refuse UPDATE and DELETE; each row's SHA-256 covers its fields and the hash of the row before it
 * (per migration), so that a change to any row, or a missing one, is seen by journal_verify. Text
 * is scrubbed of secrets before it is written.
 *
 * Hashed bytes: "ece-migrate-j1\0", then prev hash (32 bytes), then each field as a 64-bit
 * big-endian length and its bytes, in the order of the table's columns; integers as decimal text,
 * NULL as length 2^64-1.
 */
#ifndef STATE_JOURNAL_H
#define STATE_JOURNAL_H

#include "state/lease.h"
#include "state/store.h"

enum journal_kind {
    JOURNAL_RUN,     /* a runner started or stopped */
    JOURNAL_PHASE,   /* a track moved to a phase */
    JOURNAL_INTENT,  /* an action is about to be applied */
    JOURNAL_OUTCOME, /* … and how it ended: done, failed, unknown */
    JOURNAL_IO,      /* one remote call: argv, stdin, stdout, stderr, status */
    JOURNAL_WAIT,    /* a track waits, and for what (written when the reason changes) */
    JOURNAL_HOLD,    /* a track is parked for a person */
    JOURNAL_REQUEST, /* a person asked: approve, abort */
    JOURNAL_FINDING, /* preflight or audit found something */
    JOURNAL_EVENT,   /* what else belongs on record: a cutover's timeline, a key's destruction */
};
const char *journal_kind_name(enum journal_kind kind);

/* What a row says, besides what the journal adds by itself (seq, time, fence, runner, hashes). NULL
 * texts are allowed but for text. */
struct journal_entry {
    enum journal_kind kind;
    const char *track; /* "network" or the service's name */
    const char *phase;
    const char *action;
    const char *object; /* what it touches: host, interface, slot */
    const char *actor;  /* who: "runner", or a person's name */
    const char *result; /* "ok", "failed", "unknown", "refused", … */
    const char *text;   /* one sentence for people */
    const char *detail; /* JSON object, or NULL */
};

/* Appends inside the open write transaction (lease_begin, or store_begin_write for people's
   requests). Errors: STATE. */
int journal_append(struct store *store, const char *migration, int64_t fence,
                   const struct journal_entry *entry, struct err *err) MUST_CHECK;

/* A row as read back. Texts live in the arena. */
struct journal_row {
    int64_t seq; /* 1, 2, 3 … per migration, without gaps */
    int64_t wall_us;
    int64_t fence;
    const char *origin; /* the process that wrote it: "host op, pid 4711, boot 1c2f54a0" */
    struct journal_entry entry;
    const char *hash; /* hex */
};
struct journal_rows {
    size_t len;
    struct journal_row *row;
};
struct journal_filter {
    int64_t after_seq; /* 0: from the start */
    int64_t limit;     /* the newest that many; 0: all */
    const char *track; /* NULL: any */
    const char *phase; /* NULL: any */
    bool without_io;   /* leave JOURNAL_IO rows out */
};
int journal_read(struct store *store, const char *migration, const struct journal_filter *filter,
                 struct arena *arena, struct journal_rows *out, struct err *err) MUST_CHECK;

/* Checks the chain from the first row to the last, and that the migration row's recorded head
   (length and hash) is its end. Errors: STATE naming the first row that does not fit. out_rows may
   be NULL. */
int journal_verify(struct store *store, const char *migration, int64_t *out_rows,
                   struct err *err) MUST_CHECK;

/* The row whose hash begins with those digits; *out_seq is 0 when there is none. Errors: STATE. */
int journal_find(struct store *store, const char *migration, const char *hash, int64_t *out_seq,
                 struct err *err) MUST_CHECK;

#endif
