/*
 * Opening the state file: the connection's settings, each read back, and the checks that the file
 * is ours, whole, and of a version we know. What SQLite says about a failure becomes our error
 * here, and nowhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "state/holder.h"
#include "state/store_private.h"

extern const struct embed store_schema_files[];
extern const size_t store_schema_files_len;

#define BUSY_MS 10000

static int fail_busy(const struct store *store, struct err *err)
{
    pid_t pid = store_file_locker(store->path);
    if (pid)
        return err_set(err, ERR_BUSY, "state file '%s' is locked by another process (pid %d)",
                       store->path, (int)pid);
    return err_set(err, ERR_BUSY, "state file '%s' is locked by another process", store->path);
}

static int fail_io(const struct store *store, const char *doing, struct err *err)
{
    char why[128] = "";
    int saved = sqlite3_system_errno(store->db);
    err_set(err, ERR_STATE, "cannot %s in state file '%s': %s%s%s", doing, store->path,
            sqlite3_errmsg(store->db), saved ? ": " : "",
            saved ? strerror_r(saved, why, sizeof why) : "");
    err->os_errno = saved;
    return -1;
}

enum err_code store_errno_code(void)
{
    return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_STATE;
}

static int fail_full(const struct store *store, struct err *err)
{
    err_set(err, ERR_FULL,
            "the disk with state file '%s' is full: nothing was written; make room, then resume",
            store->path);
    err->os_errno = ENOSPC;
    return -1;
}

/* A quota that is used up and a journal that cannot be made are full disks too, which SQLite calls
 * by other names. */
static bool is_full(const struct store *store, int rc)
{
    int os = sqlite3_system_errno(store->db), primary = rc & 0xff;
    return primary == SQLITE_FULL || ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) &&
                                      (os == ENOSPC || os == EDQUOT));
}

/* https://www.sqlite.org/rescode.html */
int store_fail(struct store *store, int rc, const char *doing, struct err *err)
{
    if ((rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
        return err_set(err, ERR_MEMORY, "cannot %s in state file '%s': out of memory", doing,
                       store->path);
    if (is_full(store, rc))
        return fail_full(store, err);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail_busy(store, err);
    case SQLITE_NOTADB:
        return err_set(
            err, ERR_STATE,
            "state file '%s' is not ours or its beginning is damaged: it is not a SQLite database",
            store->path);
    case SQLITE_CORRUPT:
        return err_set(err, ERR_STATE, "state file '%s' is damaged (%s): restore it from a backup",
                       store->path, sqlite3_errmsg(store->db));
    case SQLITE_ERROR:
        if (store->suspect)
            return err_set(err, ERR_STATE,
                           "state file '%s' is damaged (its schema: %s): restore it from a backup",
                           store->path, sqlite3_errmsg(store->db));
        return err_set(err, ERR_INTERNAL, "cannot %s: %s", doing, sqlite3_errmsg(store->db));
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return err_set(err, ERR_INTERNAL, "cannot %s: %s", doing, sqlite3_errmsg(store->db));
    default:
        return fail_io(store, doing, err);
    }
}

int store_exec(struct store *store, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(store, rc, sql, err);
}

/* The one value that a pragma gives, as text. Each that is asked here has one: SQLite gives no row
 * only when it had no memory to answer, and tells of no error then (seen with 3.40.1). */
static int pragma_text(struct store *store, const char *pragma, char out[32], struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(store->db, pragma, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    const unsigned char *text = rc == SQLITE_ROW ? sqlite3_column_text(stmt, 0) : NULL;
    if (rc == SQLITE_DONE || (rc == SQLITE_ROW && !text))
        rc = SQLITE_NOMEM;
    snprintf(out, 32, "%s", text ? (const char *)text : "");
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? 0 : store_fail(store, rc, pragma, err);
}

int store_pragma_int(struct store *store, const char *pragma, int64_t *out, struct err *err)
{
    char text[32];
    if (pragma_text(store, pragma, text, err))
        return -1;
    /* SQLite knows each of these; it is silent only when it had no memory to answer. */
    if (!text[0])
        return err_set(err, ERR_MEMORY, "SQLite %s does not answer '%s': out of memory",
                       sqlite3_libversion(), pragma);
    if (str_to_i64(text, out))
        return err_set(err, ERR_STATE, "'%s' gives '%s', not a number", pragma, text);
    return 0;
}

/* https://www.sqlite.org/pragma.html. A build or a file may refuse a setting without an error, so
 * each is read back. */
static const struct {
    const char *set, *get, *want;
} settings[] = {
    {"PRAGMA journal_mode = TRUNCATE", "PRAGMA journal_mode", "truncate"},
    {"PRAGMA synchronous = EXTRA", "PRAGMA synchronous", "3"},
    {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers", "1"},
    {"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA secure_delete = ON", "PRAGMA secure_delete", "1"},
    {"PRAGMA mmap_size = 0", "PRAGMA mmap_size", "0"},
    {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2"},
    {"PRAGMA fullfsync = ON", "PRAGMA fullfsync", "1"},
};

static int apply_settings(struct store *store, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        char got[32];
        if (store_exec(store, settings[i].set, err) ||
            pragma_text(store, settings[i].get, got, err))
            return -1;
        if (strcmp(got, settings[i].want) != 0)
            return err_set(err, ERR_STATE, "SQLite %s refuses '%s' (it says '%s')",
                           sqlite3_libversion(), settings[i].set, got);
    }
    return store->access == STORE_READ ? store_exec(store, "PRAGMA query_only = ON", err) : 0;
}

/* https://www.sqlite.org/c3ref/c_dbconfig_defensive.html: what a hostile file or statement could
 * use is off. */
static int apply_config(struct store *store, struct err *err)
{
    static const int configs[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
        int now = -1;
        int rc = sqlite3_db_config(store->db, configs[i][0], configs[i][1], &now);
        if (rc != SQLITE_OK || now != configs[i][1])
            return err_set(err, ERR_STATE, "SQLite %s refuses setting %d", sqlite3_libversion(),
                           configs[i][0]);
    }
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 16 << 20);
    sqlite3_limit(store->db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    return 0;
}

int store_connect(struct store *store, const char *path, int busy_ms, struct err *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
                      SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(path, &store->db, flags, NULL);
    if (!store->db)
        return err_set(err, ERR_MEMORY, "cannot open state file '%s': out of memory", path);
    if (rc != SQLITE_OK)
        return store_fail(store, rc, "open the database", err);
    sqlite3_busy_timeout(store->db, busy_ms);
    return apply_config(store, err);
}

/* Every file from schema version 2 on says in one place, which no later version may move, by which
 * ece-migrate its schema was written. */
static int refuse_newer(struct store *store, int64_t version, int64_t newest, struct err *err)
{
    struct err ignored = ERR_INIT;
    char program[32] = "";
    (void)!pragma_text(store, "SELECT value FROM store_self WHERE name = 'written_by'", program,
                       &ignored);
    return err_set(err, ERR_STATE,
                   "state file '%s' needs schema version %d, this ece-migrate (" STORE_PROGRAM
                   ") knows up to %d: use %s%s",
                   store->path, (int)version, (int)newest,
                   program[0] ? "the ece-migrate that wrote it, or a newer one: "
                              : "a newer ece-migrate",
                   program);
}

/* Before any setting, as changing the journal mode of somebody else's database would change that
 * file. */
static int check_identity(struct store *store, const struct store_options *options, struct err *err)
{
    int64_t id = 0, version = 0, newest = 0;
    if (store_pragma_int(store, "PRAGMA application_id", &id, err) ||
        store_pragma_int(store, "PRAGMA user_version", &version, err) ||
        store_schema_newest(options, &newest, err))
        return -1;
    if (id != STORE_APPLICATION_ID || version < 1)
        return err_set(err, ERR_STATE,
                       "state file '%s' is not ours: it is a SQLite database of another program "
                       "(application id 0x%08x)",
                       store->path, (unsigned)id);
    return version > newest ? refuse_newer(store, version, newest, err) : 0;
}

static int open_file(struct store *store, int dir_fd, const struct store_options *options,
                     struct err *err)
{
    bool exists = false;
    if (store_file_check(dir_fd, store->dir, &exists, err))
        return -1;
    if (!exists && store->access != STORE_CREATE)
        return err_set(err, ERR_STATE,
                       "there is no state file '%s': no migration was begun in this directory",
                       store->path);
    if (!exists && store_create(store, dir_fd, options, err))
        return -1;
    bool hot = store_file_hot(dir_fd);
    store->suspect = true;
    if (store_connect(store, store->path, options->busy_ms, err) ||
        check_identity(store, options, err) || apply_settings(store, err))
        return -1;
    /* A journal that our first read rolled back was left by somebody who died; one that is still
       there belongs to a writer at work, whom a check of the whole file would hold up. */
    if (hot && !store_file_hot(dir_fd) && store_quick_check(store, err))
        return -1;
    store->suspect = false;
    if (store_upgrade(store, dir_fd, options, err))
        return -1;
    store->suspect = true;
    if (store_seal_open(store, err))
        return -1;
    store->suspect = false;
    if (store->access != STORE_READ)
        store_ballast_make(dir_fd);
    return 0;
}

int store_open_with(struct store **out, const char *dir, enum store_access access,
                    struct clock clock, const struct store_options *options, struct err *err)
{
    CLEANUP(store_cleanup) struct store *store = MEM_NEW(struct store);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    int dir_fd = -1;
    store->clock = clock;
    store->access = access;
    if (store_dir_open(dir, access == STORE_CREATE, &store->dir, &dir_fd, err))
        return -1;
    struct holder self = holder_self(arena);
    store->origin = mem_strdup(holder_text(&self, arena));
    store->path = mem_strdup(arena_printf(arena, "%s/" STORE_FILE, store->dir));
    int result = open_file(store, dir_fd, options, err);
    close(dir_fd);
    if (result)
        return -1;
    *out = store;
    store = NULL;
    return 0;
}

int store_open(struct store **out, const char *dir, enum store_access access, struct clock clock,
               struct err *err)
{
    const struct store_options options = {store_schema_files, store_schema_files_len, BUSY_MS};
    return store_open_with(out, dir, access, clock, &options, err);
}

int store_schema_version(void)
{
    return (int)store_schema_files_len;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    /* Closing rolls an open transaction back; no statement but the seal's outlives store_run, so it
     * cannot be refused. */
    store_seal_close(store);
    sqlite3_close(store->db);
    free(store->dir);
    free(store->path);
    free(store->origin);
    free(store);
}

void store_cleanup(struct store **store)
{
    store_close(*store);
    *store = NULL;
}
