/*
 * The seal: one SHA-256 over all that a resume goes by, written with each commit. SQLite finds
 * damage to the file's structure and the chain finds damage to the journal; a flipped bit in a
 * fact, in a fence number or in a request would be found by neither, and be believed.
 *
 * It reads every table but those that have something better (the journal) or need nothing (samples,
 * which are only shown), and the schema with its triggers. It knows no table by what it means.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "state/digest.h"
#include "state/store_private.h"

/* The order of the rows is that of their keys, which their contents decide. */
#define NOT_SEALED "('journal', 'sample', 'store_self')"

static int prepare(struct store *store, const char *sql, struct err *err)
{
    if (store->seals == STORE_SEAL_QUERIES)
        return err_set(err, ERR_INTERNAL, "the state file has more tables than the seal can read");
    int rc =
        sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT | SQLITE_PREPARE_NO_VTAB,
                           &store->seal[store->seals], NULL);
    if (rc != SQLITE_OK)
        return store_fail(store, rc, "prepare the seal", err);
    store->seals++;
    return 0;
}

static int has_self(struct store *store, bool *out, struct err *err)
{
    int64_t count = 0;
    if (store_pragma_int(
            store,
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'store_self'",
            &count, err))
        return -1;
    *out = count == 1;
    return 0;
}

int store_seal_open(struct store *store, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct store_rows tables;
    bool sealed = false;
    store_seal_close(store);
    if (store_pragma_int(store, "PRAGMA user_version", &store->version, err) ||
        has_self(store, &sealed, err))
        return -1;
    if (!sealed)
        return 0;
    if (store_read(store, arena,
                   "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN " NOT_SEALED
                   " AND name NOT LIKE 'sqlite_%' ORDER BY name",
                   "t", NULL, 0, &tables, err) ||
        prepare(store, "PRAGMA user_version", err) ||
        prepare(store, "SELECT name, value FROM store_self WHERE name <> 'seal'", err) ||
        prepare(store, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid", err))
        return -1;
    for (size_t i = 0; i < tables.rows; i++)
        if (prepare(store, arena_printf(arena, "SELECT * FROM \"%s\"", tables.cell[i].text), err))
            return -1;
    return 0;
}

void store_seal_close(struct store *store)
{
    while (store->seals)
        sqlite3_finalize(store->seal[--store->seals]);
    str_free(&store->seal_bytes);
}

/* Kind, length, bytes: two rows that differ never make the same text. */
static int add_value(struct str *bytes, sqlite3_stmt *stmt, int col)
{
    char head[40];
    int type = sqlite3_column_type(stmt, col);
    const unsigned char *text = sqlite3_column_text(stmt, col);
    int len = sqlite3_column_bytes(stmt, col);
    if (!text && type != SQLITE_NULL)
        return -1;
    snprintf(head, sizeof head, "%d:%d:", type, len);
    str_add(bytes, head);
    str_add_n(bytes, (const char *)text, (size_t)len);
    return 0;
}

static int add_query(struct store *store, sqlite3_stmt *stmt, struct err *err)
{
    int rc = sqlite3_step(stmt);
    for (; rc == SQLITE_ROW; rc = sqlite3_step(stmt)) {
        for (int col = 0; rc == SQLITE_ROW && col < sqlite3_column_count(stmt); col++)
            rc = add_value(&store->seal_bytes, stmt, col) ? SQLITE_NOMEM : SQLITE_ROW;
        str_add(&store->seal_bytes, "\n");
        if (rc != SQLITE_ROW)
            break;
    }
    if (rc != SQLITE_DONE)
        store_fail(store, rc, "read for the seal", err);
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

static int make(struct store *store, char out[DIGEST_HEX], struct err *err)
{
    unsigned char digest[DIGEST_BYTES];
    str_clear(&store->seal_bytes);
    str_add(&store->seal_bytes, "ece-migrate-s1\n");
    for (size_t i = 0; i < store->seals; i++) {
        str_printf(&store->seal_bytes, "query %zu\n", i);
        if (add_query(store, store->seal[i], err))
            return -1;
    }
    digest_sha256(digest, store->seal_bytes.text, store->seal_bytes.len);
    digest_hex(out, digest);
    return 0;
}

/* A newer program may have upgraded the file since we opened it: what we would write and seal is
 * not what its version needs. */
static int check_version(struct store *store, struct err *err)
{
    int64_t version = 0;
    if (store_pragma_int(store, "PRAGMA user_version", &version, err))
        return -1;
    return version == store->version
               ? 0
               : err_set(err, ERR_STATE,
                         "state file '%s' was brought from schema version %" PRId64 " to %" PRId64
                         " while we ran: go on with the newer ece-migrate",
                         store->path, store->version, version);
}

int store_seal_write(struct store *store, struct err *err)
{
    char seal[DIGEST_HEX];
    if (!store->seals)
        return 0;
    if ((store->tx == TX_WRITE && check_version(store, err)) || make(store, seal, err))
        return -1;
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE store_self SET value = '%s' WHERE name = 'seal'", seal);
    return store_exec(store, sql, err);
}

static int compare(struct store *store, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct store_rows kept;
    char seal[DIGEST_HEX];
    if (make(store, seal, err) ||
        store_read(store, arena, "SELECT value FROM store_self WHERE name = 'seal'", "t", NULL, 0,
                   &kept, err))
        return -1;
    if (kept.rows == 1 && strcmp(kept.cell[0].text, seal) == 0)
        return 0;
    return err_set(err, ERR_STATE,
                   "state file '%s' is not as ece-migrate left it: a byte of it was damaged, or "
                   "another program changed it; restore it from a backup",
                   store->path);
}

int store_seal_check(struct store *store, struct err *err)
{
    if (!store->seals && store->version < STORE_SEALED_FROM)
        return 0;
    if (!store->seals)
        return err_set(err, ERR_STATE,
                       "state file '%s' is damaged (its table 'store_self' is gone): restore it "
                       "from a backup",
                       store->path);
    if (store_begin_read(store, err))
        return -1;
    store->suspect = true;
    int result = compare(store, err);
    store->suspect = false;
    store_rollback(store);
    return result;
}
