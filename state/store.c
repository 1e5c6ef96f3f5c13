/*
 * Transactions and statements on the open state file. How it is opened is in store_open.c, how it
 * is made and upgraded in store_schema.c.
 *
 * After a statement of a write transaction failed, the transaction cannot be committed any more:
 * half a story is not evidence.
 */
#include "state/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "state/store_private.h"

struct store_value store_int(int64_t i)
{
    return (struct store_value){.type = STORE_INT, .i = i};
}

struct store_value store_text(const char *text)
{
    return (struct store_value){
        .type = text ? STORE_TEXT : STORE_NULL, .text = text, .len = text ? strlen(text) : 0};
}

struct store_value store_blob(const void *bytes, size_t len)
{
    return (struct store_value){.type = STORE_BLOB, .text = bytes, .len = len};
}

/* SQLite rolls some failures back by itself; a ROLLBACK that finds nothing to do is not a failure
 * then. */
static void roll_back(struct store *store)
{
    /* Only want of memory keeps it from happening: once more, and never on with it open. */
    for (int tries = 0; tries < 2 && !sqlite3_get_autocommit(store->db); tries++)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    if (!sqlite3_get_autocommit(store->db))
        mem_exhausted();
    store->tx = TX_NONE;
}

static int begin(struct store *store, enum store_tx tx, struct err *err)
{
    if (store->tx != TX_NONE)
        return err_set(err, ERR_INTERNAL, "a transaction on the state file began inside another");
    if (tx == TX_WRITE && store->access == STORE_READ)
        return err_set(err, ERR_INTERNAL,
                       "a write transaction began on a state file opened for reading");
    /* Without memory SQLite may begin and fail: it must not stay begun. */
    if (store_exec(store, tx == TX_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", err))
        return store_rollback(store);
    store->tx = tx;
    store->failed = false;
    store->changes_before = sqlite3_total_changes64(store->db);
    return 0;
}

int store_begin_read(struct store *store, struct err *err)
{
    return begin(store, TX_READ, err);
}

int store_begin_write(struct store *store, struct err *err)
{
    return begin(store, TX_WRITE, err);
}

static int commit(struct store *store, struct err *err)
{
    bool changed = sqlite3_total_changes64(store->db) != store->changes_before;
    if ((changed && store_seal_write(store, err)) || store_exec(store, "COMMIT", err)) {
        roll_back(store);
        return -1;
    }
    store->tx = TX_NONE;
    if (changed && store->on_commit)
        store->on_commit(store->on_commit_arg);
    return 0;
}

void store_on_commit(struct store *store, store_commit *observer, void *arg)
{
    store->on_commit = observer;
    store->on_commit_arg = arg;
}

int store_end(struct store *store, enum store_end how, struct err *err)
{
    bool open = store->tx != TX_NONE, failed = store->failed || sqlite3_get_autocommit(store->db);
    if (how == STORE_ROLLBACK || !open || failed) {
        roll_back(store);
        if (how == STORE_ROLLBACK)
            return 0;
        return err_set(err, ERR_INTERNAL,
                       open ? "a transaction of which a statement failed was to be committed"
                            : "a transaction ended that had not begun");
    }
    return commit(store, err);
}

int store_rollback(struct store *store)
{
    roll_back(store);
    return -1;
}

static int bind_one(sqlite3_stmt *stmt, int at, const struct store_value *value)
{
    switch (value->type) {
    case STORE_NULL:
        return sqlite3_bind_null(stmt, at);
    case STORE_INT:
        return sqlite3_bind_int64(stmt, at, value->i);
    case STORE_TEXT:
        return sqlite3_bind_text64(stmt, at, value->text, value->len, SQLITE_STATIC, SQLITE_UTF8);
    case STORE_BLOB:
        return sqlite3_bind_blob64(stmt, at, value->len ? value->text : "", value->len,
                                   SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

/* SQLite numbers $2, $1 by first appearance, PostgreSQL by their names: only where both agree is a
 * statement right. */
static int bind_all(struct store *store, sqlite3_stmt *stmt, const char *sql,
                    const struct store_value *args, size_t nargs, struct err *err)
{
    if ((size_t)sqlite3_bind_parameter_count(stmt) != nargs)
        return err_set(err, ERR_INTERNAL, "statement takes %d arguments, not %zu: %s",
                       sqlite3_bind_parameter_count(stmt), nargs, sql);
    for (size_t i = 0; i < nargs; i++) {
        char want[24];
        const char *name = sqlite3_bind_parameter_name(stmt, (int)i + 1);
        snprintf(want, sizeof want, "$%zu", i + 1);
        if (!name || strcmp(name, want) != 0)
            return err_set(err, ERR_INTERNAL, "argument %zu of a statement is not %s: %s", i + 1,
                           want, sql);
        int rc = bind_one(stmt, (int)i + 1, &args[i]);
        if (rc != SQLITE_OK)
            return store_fail(store, rc, "bind an argument", err);
    }
    return 0;
}

/* SQLite gives NULL for a value that is there when it has no memory to show it. */
static struct store_value read_cell(sqlite3_stmt *stmt, int col, struct arena *arena)
{
    int type = sqlite3_column_type(stmt, col);
    if (type == SQLITE_NULL)
        return (struct store_value){.type = STORE_NULL};
    if (type == SQLITE_INTEGER)
        return store_int(sqlite3_column_int64(stmt, col));
    const void *bytes =
        type == SQLITE_BLOB ? sqlite3_column_blob(stmt, col) : sqlite3_column_text(stmt, col);
    size_t len = (size_t)sqlite3_column_bytes(stmt, col);
    if (!bytes && (len || type != SQLITE_BLOB))
        mem_exhausted();
    char *copy = arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, bytes, len);
    return (struct store_value){
        .type = type == SQLITE_BLOB ? STORE_BLOB : STORE_TEXT, .text = copy, .len = len};
}

struct grid {
    struct store_value *cell;
    size_t len, room;
};

static void grid_add_row(struct grid *grid, sqlite3_stmt *stmt, size_t cols, struct arena *arena)
{
    if (grid->len + cols > grid->room) {
        grid->room = mem_product(grid->room + cols, 2);
        grid->cell = mem_resize(grid->cell, mem_product(grid->room, sizeof *grid->cell));
    }
    for (size_t col = 0; col < cols; col++)
        grid->cell[grid->len++] = read_cell(stmt, (int)col, arena);
}

static int step_all(struct store *store, sqlite3_stmt *stmt, struct arena *arena,
                    struct store_rows *out, struct err *err)
{
    size_t cols = (size_t)sqlite3_column_count(stmt), rows = 0;
    struct grid grid = {0};
    int rc = sqlite3_step(stmt);
    for (; rc == SQLITE_ROW; rc = sqlite3_step(stmt), rows++)
        if (out)
            grid_add_row(&grid, stmt, cols, arena);
    if (rc == SQLITE_DONE && out) {
        *out = (struct store_rows){
            .rows = rows, .cols = cols, .cell = ARENA_ARRAY(arena, struct store_value, grid.len)};
        if (grid.len)
            memcpy(out->cell, grid.cell, grid.len * sizeof *grid.cell);
    }
    free(grid.cell);
    return rc == SQLITE_DONE ? 0 : store_fail(store, rc, "run a statement", err);
}

static int run_prepared(struct store *store, sqlite3_stmt *stmt, struct arena *arena,
                        const char *sql, const struct store_value *args, size_t nargs,
                        struct store_rows *out, int64_t *out_changes, struct err *err)
{
    if (!sqlite3_stmt_readonly(stmt) && store->tx != TX_WRITE)
        return err_set(err, ERR_INTERNAL, "a statement writes outside a write transaction: %s",
                       sql);
    int64_t before = sqlite3_total_changes64(store->db);
    if (bind_all(store, stmt, sql, args, nargs, err) || step_all(store, stmt, arena, out, err))
        return -1;
    if (out_changes)
        *out_changes = sqlite3_total_changes64(store->db) - before;
    return 0;
}

int store_run(struct store *store, struct arena *arena, const char *sql,
              const struct store_value *args, size_t nargs, struct store_rows *out,
              int64_t *out_changes, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_NO_VTAB, &stmt, NULL);
    int result = rc == SQLITE_OK
                     ? run_prepared(store, stmt, arena, sql, args, nargs, out, out_changes, err)
                     : store_fail(store, rc, "prepare a statement", err);
    sqlite3_finalize(stmt);
    if (result)
        store->failed = true;
    return result;
}

static bool is_of_type(const struct store_value *value, char type)
{
    return type == 'i' ? value->type == STORE_INT
                       : value->type == STORE_TEXT || (type == 'o' && value->type == STORE_NULL);
}

int store_read(struct store *store, struct arena *arena, const char *sql, const char *types,
               const struct store_value *args, size_t nargs, struct store_rows *out,
               struct err *err)
{
    if (store_run(store, arena, sql, args, nargs, out, NULL, err))
        return -1;
    if (out->cols != strlen(types))
        return err_set(err, ERR_INTERNAL, "statement gives %zu columns, not %zu: %s", out->cols,
                       strlen(types), sql);
    for (size_t i = 0; i < out->rows * out->cols; i++)
        if (!is_of_type(&out->cell[i], types[i % out->cols]))
            return err_set(err, ERR_STATE,
                           "state file '%s' is damaged (a value is missing or of another type): "
                           "restore it from a backup",
                           store->path);
    return 0;
}

static int check(struct store *store, const char *pragma, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct store_rows rows = {0};
    store->suspect = true;
    int result = store_run(store, arena, pragma, NULL, 0, &rows, NULL, err);
    store->suspect = false;
    if (result)
        return -1;
    if (rows.rows != 1 || rows.cell[0].type != STORE_TEXT || strcmp(rows.cell[0].text, "ok") != 0)
        return err_set(err, ERR_STATE, "state file '%s' is damaged (%s): restore it from a backup",
                       store->path,
                       rows.rows && rows.cell[0].text ? rows.cell[0].text : "no answer");
    return 0;
}

int store_check(struct store *store, struct err *err)
{
    return check(store, "PRAGMA integrity_check(1)", err);
}

int store_quick_check(struct store *store, struct err *err)
{
    return check(store, "PRAGMA quick_check(1)", err);
}

const char *store_dir(const struct store *store)
{
    return store->dir;
}

const char *store_origin(const struct store *store)
{
    return store->origin;
}

int64_t store_wall_us(const struct store *store)
{
    return clock_wall_us(&store->clock);
}
