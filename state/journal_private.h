/*
 * What journal.c and journal_verify.c share; nobody else includes it.
 */
#ifndef STATE_JOURNAL_PRIVATE_H
#define STATE_JOURNAL_PRIVATE_H

#include "state/digest.h"
#include "state/store.h"

/* The columns in the order of the table; all but the last two are hashed. */
#define JOURNAL_COLUMNS                                                                            \
    "migration, seq, wall_us, fence, origin, kind, track, phase, action, object, actor, result, "  \
    "text, detail, prev, hash"
#define JOURNAL_TYPES "tiiittooooootott"
enum {
    COL_MIGRATION,
    COL_SEQ,
    COL_WALL_US,
    COL_FENCE,
    COL_ORIGIN,
    COL_KIND,
    COL_TRACK,
    COL_PHASE,
    COL_ACTION,
    COL_OBJECT,
    COL_ACTOR,
    COL_RESULT,
    COL_TEXT,
    COL_DETAIL,
    COL_PREV,
    COL_HASH,
    COL_COUNT
};
#define JOURNAL_HASHED COL_PREV

/* The prev of the first row. */
#define JOURNAL_NO_HASH "0000000000000000000000000000000000000000000000000000000000000000"

/* Hash of a row's first JOURNAL_HASHED cells after the row with hash prev (hex). Returns 0, or -1
 * when prev is no hash. */
int journal_hash(char out[DIGEST_HEX], const char *prev,
                 const struct store_value cells[JOURNAL_HASHED]) MUST_CHECK;

#endif
