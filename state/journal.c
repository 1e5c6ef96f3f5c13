/*
 * Appending to the journal and reading it back. Nothing here changes a row that stands; the
 * triggers of the schema would refuse it.
 */
#include "state/journal.h"

#include <string.h>

#include "base/secret.h"
#include "state/journal_private.h"

static const char *const kind_names[] = {
    [JOURNAL_RUN] = "run",         [JOURNAL_PHASE] = "phase",     [JOURNAL_INTENT] = "intent",
    [JOURNAL_OUTCOME] = "outcome", [JOURNAL_IO] = "io",           [JOURNAL_WAIT] = "wait",
    [JOURNAL_HOLD] = "hold",       [JOURNAL_REQUEST] = "request", [JOURNAL_FINDING] = "finding",
    [JOURNAL_EVENT] = "event",
};

const char *journal_kind_name(enum journal_kind kind)
{
    return kind_names[kind];
}

static enum journal_kind kind_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kind_names); i++)
        if (strcmp(kind_names[i], name) == 0)
            return (enum journal_kind)i;
    return JOURNAL_EVENT; /* the table's CHECK allows no other name */
}

static struct store_value scrubbed(struct arena *arena, const char *text)
{
    return store_text(secret_scrub_copy(arena, text));
}

static struct store_value scrubbed_json(struct arena *arena, const char *json)
{
    if (!json)
        return store_text(NULL);
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_scrub_json(&out, json, strlen(json));
    return store_text(arena_strdup(arena, str_text(&out)));
}

struct head {
    int64_t seq;
    const char *hash;
};

static int read_head(struct store *store, const char *migration, struct arena *arena,
                     struct head *out, struct err *err)
{
    const struct store_value args[] = {store_text(migration)};
    struct store_rows rows;
    if (store_read(store, arena, "SELECT head_seq, head_hash FROM migration WHERE id = $1", "it",
                   args, 1, &rows, err))
        return -1;
    if (rows.rows != 1)
        return err_set(err, ERR_STATE, "there is no migration '%s' in the state file", migration);
    *out = (struct head){rows.cell[0].i, rows.cell[1].text};
    return 0;
}

static int write_row(struct store *store, struct store_value cells[COL_COUNT], struct err *err)
{
    static const char insert[] =
        "INSERT INTO journal (" JOURNAL_COLUMNS ") "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    static const char move_head[] =
        "UPDATE migration SET head_seq = $1, head_hash = $2 WHERE id = $3";
    const struct store_value head[] = {cells[COL_SEQ], cells[COL_HASH], cells[COL_MIGRATION]};
    if (store_run(store, NULL, insert, cells, COL_COUNT, NULL, NULL, err))
        return -1;
    return store_run(store, NULL, move_head, head, ARRAY_LEN(head), NULL, NULL, err);
}

int journal_append(struct store *store, const char *migration, int64_t fence,
                   const struct journal_entry *entry, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct head head;
    char hash[DIGEST_HEX];
    if (read_head(store, migration, arena, &head, err))
        return err_add(err, "journal");
    struct store_value cells[COL_COUNT] = {
        [COL_MIGRATION] = store_text(migration),
        [COL_SEQ] = store_int(head.seq + 1),
        [COL_WALL_US] = store_int(store_wall_us(store)),
        [COL_FENCE] = store_int(fence),
        [COL_ORIGIN] = store_text(store_origin(store)),
        [COL_KIND] = store_text(journal_kind_name(entry->kind)),
        [COL_TRACK] = scrubbed(arena, entry->track),
        [COL_PHASE] = scrubbed(arena, entry->phase),
        [COL_ACTION] = scrubbed(arena, entry->action),
        [COL_OBJECT] = scrubbed(arena, entry->object),
        [COL_ACTOR] = scrubbed(arena, entry->actor),
        [COL_RESULT] = scrubbed(arena, entry->result),
        [COL_TEXT] = scrubbed(arena, entry->text),
        [COL_DETAIL] = scrubbed_json(arena, entry->detail),
        [COL_PREV] = store_text(head.hash),
    };
    if (journal_hash(hash, head.hash, cells))
        return err_set(err, ERR_STATE,
                       "journal of '%s': its head is damaged: see 'ece-migrate log --verify'",
                       migration);
    cells[COL_HASH] = store_text(hash);
    return write_row(store, cells, err) ? err_add(err, "journal") : 0;
}

static struct journal_row row_of(const struct store_value *cell)
{
    return (struct journal_row){
        .seq = cell[COL_SEQ].i,
        .wall_us = cell[COL_WALL_US].i,
        .fence = cell[COL_FENCE].i,
        .origin = cell[COL_ORIGIN].text,
        .hash = cell[COL_HASH].text,
        .entry =
            {
                .kind = kind_of(cell[COL_KIND].text),
                .track = cell[COL_TRACK].text,
                .phase = cell[COL_PHASE].text,
                .action = cell[COL_ACTION].text,
                .object = cell[COL_OBJECT].text,
                .actor = cell[COL_ACTOR].text,
                .result = cell[COL_RESULT].text,
                .text = cell[COL_TEXT].text,
                .detail = cell[COL_DETAIL].text,
            },
    };
}

int journal_read(struct store *store, const char *migration, const struct journal_filter *filter,
                 struct arena *arena, struct journal_rows *out, struct err *err)
{
    static const struct journal_filter everything = {0};
    static const char select[] =
        "SELECT " JOURNAL_COLUMNS " FROM journal WHERE migration = $1 AND seq > $2"
        " AND (CAST($3 AS TEXT) IS NULL OR track = $3)"
        " AND (CAST($4 AS TEXT) IS NULL OR phase = $4)"
        " AND ($5 = 0 OR kind <> 'io') ORDER BY seq DESC LIMIT $6";
    const struct journal_filter *f = filter ? filter : &everything;
    const struct store_value args[] = {
        store_text(migration),    store_int(f->after_seq),
        store_text(f->track),     store_text(f->phase),
        store_int(f->without_io), store_int(f->limit > 0 ? f->limit : INT64_MAX),
    };
    struct store_rows rows;
    if (store_read(store, arena, select, JOURNAL_TYPES, args, ARRAY_LEN(args), &rows, err))
        return err_add(err, "journal");
    out->len = rows.rows;
    out->row = ARENA_ARRAY(arena, struct journal_row, rows.rows);
    /* The newest come first, so that a limit takes them; they are told in the order they happened.
     */
    for (size_t i = 0; i < rows.rows; i++)
        out->row[rows.rows - 1 - i] = row_of(rows.cell + i * rows.cols);
    return 0;
}

int journal_find(struct store *store, const char *migration, const char *hash, int64_t *out_seq,
                 struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct store_value args[] = {store_text(migration), store_int((int64_t)strlen(hash)),
                                       store_text(hash)};
    struct store_rows rows;
    if (store_read(store, arena,
                   "SELECT coalesce(max(seq), 0) FROM journal WHERE migration = $1 "
                   "AND substr(hash, 1, $2) = $3",
                   "i", args, ARRAY_LEN(args), &rows, err))
        return err_add(err, "journal");
    *out_seq = rows.cell[0].i;
    return 0;
}
