/*
 * Making the state file and bringing an older one up to date. A new file gets its name only when it
 * is whole, so an empty or half-made state.db is never our work; an older file is copied aside
 * before it is touched, and changed in one transaction.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "state/store_private.h"

#define NEW_FILE STORE_FILE ".new"

int store_schema_newest(const struct store_options *options, int64_t *out, struct err *err)
{
    for (size_t i = 0; i < options->schema_len; i++) {
        char want[24];
        snprintf(want, sizeof want, "%04zu_", i + 1);
        if (!str_starts(options->schema[i].name, want))
            return err_set(err, ERR_INTERNAL, "schema file '%s' should begin with '%s'",
                           options->schema[i].name, want);
    }
    *out = (int64_t)options->schema_len;
    return 0;
}

/* The files after version `from`, and the numbers that say so; inside the caller's transaction. */
static int run_files(struct store *store, const struct store_options *options, int64_t from,
                     struct err *err)
{
    char pragmas[96];
    for (size_t i = (size_t)from; i < options->schema_len; i++)
        if (store_exec(store, options->schema[i].text, err))
            return err_add(err, "schema file '%s'", options->schema[i].name);
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %zu",
             STORE_APPLICATION_ID, options->schema_len);
    if (store_exec(store, pragmas, err) || store_seal_open(store, err))
        return -1;
    if (!store->seals)
        return 0;
    return store_exec(store,
                      "UPDATE store_self SET value = '" STORE_PROGRAM "' WHERE name = 'written_by'",
                      err) ||
                   store_seal_write(store, err)
               ? -1
               : 0;
}

static int sync_file(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return result;
}

/* An empty file with our rights, for SQLite to fill: by itself it would take the umask's. */
static int touch_new(int dir_fd, const char *name, struct err *err)
{
    int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(err, store_errno_code(), "cannot create '%s' in the state directory",
                             name);
    close(fd);
    return 0;
}

static int fill_new(struct store *store, const char *path, const struct store_options *options,
                    struct err *err)
{
    struct store maker = {.path = store->path, .access = STORE_CREATE};
    int result = 0;
    if (store_connect(&maker, path, options->busy_ms, err) ||
        store_exec(&maker, "PRAGMA synchronous = EXTRA", err) ||
        store_exec(&maker, "BEGIN EXCLUSIVE", err) || run_files(&maker, options, 0, err) ||
        store_exec(&maker, "COMMIT", err))
        result = -1;
    store_seal_close(&maker);
    sqlite3_close(maker.db);
    return result;
}

static int make_and_move(struct store *store, int dir_fd, const struct store_options *options,
                         struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    /* Left over by somebody who died here, as we hold the directory's lock. */
    unlinkat(dir_fd, NEW_FILE, 0);
    unlinkat(dir_fd, NEW_FILE "-journal", 0);
    if (touch_new(dir_fd, NEW_FILE, err) ||
        fill_new(store, arena_printf(arena, "%s/" NEW_FILE, store->dir), options, err)) {
        unlinkat(dir_fd, NEW_FILE, 0);
        return -1;
    }
    if (renameat2(dir_fd, NEW_FILE, dir_fd, STORE_FILE, RENAME_NOREPLACE) || fsync(dir_fd))
        return err_set_errno(err, ERR_STATE, "cannot put state file '%s' in its place",
                             store->path);
    return 0;
}

int store_create(struct store *store, int dir_fd, const struct store_options *options,
                 struct err *err)
{
    bool exists = false;
    int result = -1;
    if (flock(dir_fd, LOCK_EX))
        return err_set_errno(err, ERR_STATE, "cannot lock state directory '%s'", store->dir);
    /* Another process may have made it while we waited for the lock. */
    if (!store_file_check(dir_fd, store->dir, &exists, err))
        result = exists ? 0 : make_and_move(store, dir_fd, options, err);
    flock(dir_fd, LOCK_UN);
    return result;
}

/* VACUUM INTO takes an empty file that exists (lang_vacuum), and does not sync what it wrote. */
static int back_up(struct store *store, int dir_fd, int64_t version, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    char name[64];
    snprintf(name, sizeof name, STORE_FILE ".v%d.backup", (int)version);
    /* One of the same version was made before an upgrade that did not happen: today's holds more.
     */
    unlinkat(dir_fd, name, 0);
    if (touch_new(dir_fd, name, err))
        return -1;
    const struct store_value args[] = {store_text(arena_printf(arena, "%s/%s", store->dir, name))};
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
    store->tx = TX_WRITE; /* the one statement that writes and must stand outside a transaction */
    int result = store_run(store, NULL, "VACUUM INTO $1", args, 1, NULL, NULL, err);
    store->tx = TX_NONE;
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    if (!result && (sync_file(dir_fd, name) || fsync(dir_fd)))
        result = err_set_errno(err, ERR_STATE, "cannot sync backup '%s'", name);
    return result ? err_add(err, "backup before the upgrade") : 0;
}

static int upgrade_in_transaction(struct store *store, const struct store_options *options,
                                  struct err *err)
{
    int64_t version = 0;
    if (store_exec(store, "BEGIN EXCLUSIVE", err))
        return -1;
    /* Another process may have upgraded it while we waited for the lock. */
    if (store_pragma_int(store, "PRAGMA user_version", &version, err) ||
        (version < (int64_t)options->schema_len && run_files(store, options, version, err)) ||
        store_exec(store, "COMMIT", err)) {
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        return -1;
    }
    return 0;
}

int store_upgrade(struct store *store, int dir_fd, const struct store_options *options,
                  struct err *err)
{
    int64_t version = 0;
    if (store_pragma_int(store, "PRAGMA user_version", &version, err))
        return -1;
    if (version >= (int64_t)options->schema_len)
        return 0;
    if (store->access == STORE_READ)
        return err_set(err, ERR_STATE,
                       "state file '%s' has schema version %d, this ece-migrate has %zu: "
                       "'ece-migrate resume' upgrades it",
                       store->path, (int)version, options->schema_len);
    if (back_up(store, dir_fd, version, err) || upgrade_in_transaction(store, options, err))
        return err_add(err, "upgrade of the state file from version %d to %zu", (int)version,
                       options->schema_len);
    return 0;
}
