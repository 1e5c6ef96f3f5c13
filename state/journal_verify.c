/*
 * Checks a migration's evidence from its first row to its last: nothing changed, nothing missing,
 * nothing cut off, nothing added past the head. Whoever can rewrite the whole file can also
 * recompute the whole chain: against that only a head kept elsewhere helps.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "state/journal.h"
#include "state/journal_private.h"

#define BATCH 500

/* What was checked so far, and what the migration row says the end must be. */
struct chain {
    struct store *store;
    const char *migration;
    int64_t seq, head_seq;
    char hash[DIGEST_HEX], head_hash[DIGEST_HEX];
};

static int read_head(struct chain *chain, struct arena *arena, struct err *err)
{
    const struct store_value args[] = {store_text(chain->migration)};
    struct store_rows rows;
    if (store_read(chain->store, arena,
                   "SELECT head_seq, head_hash, spec_hash, spec_text FROM migration WHERE id = $1",
                   "ittt", args, 1, &rows, err))
        return -1;
    if (rows.rows != 1)
        return err_set(err, ERR_STATE, "there is no migration '%s' in the state file",
                       chain->migration);
    chain->head_seq = rows.cell[0].i;
    snprintf(chain->head_hash, sizeof chain->head_hash, "%s", rows.cell[1].text);
    unsigned char digest[DIGEST_BYTES];
    char spec_hash[DIGEST_HEX];
    digest_sha256(digest, rows.cell[3].text, rows.cell[3].len);
    digest_hex(spec_hash, digest);
    if (strcmp(spec_hash, rows.cell[2].text) != 0)
        return err_set(
            err, ERR_STATE,
            "the frozen migration file of '%s' was changed: its hash does not fit its text",
            chain->migration);
    return 0;
}

static int check_row(struct chain *chain, const struct store_value *cell, struct err *err)
{
    int64_t seq = cell[COL_SEQ].i;
    char hash[DIGEST_HEX];
    if (seq != chain->seq + 1)
        return err_set(err, ERR_STATE, "journal of '%s': row %" PRId64 " is missing",
                       chain->migration, chain->seq + 1);
    if (strcmp(cell[COL_PREV].text, chain->hash) != 0)
        return err_set(err, ERR_STATE,
                       "journal of '%s': row %" PRId64 " does not follow the row before it",
                       chain->migration, seq);
    if (journal_hash(hash, chain->hash, cell) || strcmp(hash, cell[COL_HASH].text) != 0)
        return err_set(err, ERR_STATE,
                       "journal of '%s': row %" PRId64
                       " was changed: its hash does not fit its contents",
                       chain->migration, seq);
    chain->seq = seq;
    memcpy(chain->hash, hash, sizeof hash);
    return 0;
}

/* In batches, so that memory does not grow with the journal. */
static int check_rows(struct chain *chain, struct err *err)
{
    static const char select[] =
        "SELECT " JOURNAL_COLUMNS " FROM journal WHERE migration = $1 AND seq > $2 "
        "ORDER BY seq LIMIT $3";
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct store_rows rows = {.rows = BATCH};
    while (rows.rows == BATCH) {
        const struct store_value args[] = {store_text(chain->migration), store_int(chain->seq),
                                           store_int(BATCH)};
        arena_reset(arena);
        if (store_read(chain->store, arena, select, JOURNAL_TYPES, args, ARRAY_LEN(args), &rows,
                       err))
            return -1;
        for (size_t i = 0; i < rows.rows; i++)
            if (check_row(chain, rows.cell + i * rows.cols, err))
                return -1;
    }
    return 0;
}

static int check_end(const struct chain *chain, struct err *err)
{
    if (chain->seq < chain->head_seq)
        return err_set(err, ERR_STATE,
                       "journal of '%s': it ends with row %" PRId64
                       ", but its recorded head is row %" PRId64 ": the end was cut off",
                       chain->migration, chain->seq, chain->head_seq);
    if (chain->seq > chain->head_seq || strcmp(chain->hash, chain->head_hash) != 0)
        return err_set(err, ERR_STATE,
                       "journal of '%s': its last row %" PRId64
                       " is not its recorded head (row %" PRId64 ")",
                       chain->migration, chain->seq, chain->head_seq);
    return 0;
}

static int verify(struct chain *chain, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    return read_head(chain, arena, err) || check_rows(chain, err) || check_end(chain, err) ? -1 : 0;
}

int journal_verify(struct store *store, const char *migration, int64_t *out_rows, struct err *err)
{
    struct chain chain = {.store = store, .migration = migration, .hash = JOURNAL_NO_HASH};
    /* One transaction, so that a row that a runner adds meanwhile is not taken for a forgery. */
    if (store_begin_read(store, err))
        return -1;
    int result = verify(&chain, err);
    store_rollback(store);
    if (out_rows)
        *out_rows = chain.seq;
    return result;
}
