/*
 * A state directory with one migration, for the tests of floors 1 and 2, and ways round the store
 * to forge what is in it.
 */
#ifndef TESTS_UNIT_STATE_STATE_FIXTURE_H
#define TESTS_UNIT_STATE_STATE_FIXTURE_H

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/secret.h"
#include "state/journal.h"
#include "state/lease.h"
#include "state/migration.h"
#include "state/store.h"
#include "tests/unit/unit.h"

#define MIGRATION "orders-to-ece"
#define SPEC      "{\"id\": \"orders-to-ece\"}"

#define OK(call)                                                                                   \
    do {                                                                                           \
        err_clear(&err);                                                                           \
        ck_assert_msg((call) == 0, "%s", err.text);                                                \
    } while (0)

#define FAILS(call, want_code, want_text)                                                          \
    do {                                                                                           \
        err_clear(&err);                                                                           \
        ck_assert_int_eq((call), -1);                                                              \
        ck_assert_str_eq(err.text, (want_text));                                                   \
        ck_assert_str_eq(err_name(err.code), err_name(want_code));                                 \
    } while (0)

/* The text as printf makes it; lives until the next call. */
static MAYBE_UNUSED PRINTF_LIKE(1, 2) const char *format(const char *fmt, ...)
{
    static char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return text;
}

static MAYBE_UNUSED struct store *fixture_open(const char *dir, enum store_access access)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    OK(store_open(&store, dir, access, clock_real(), &err));
    return store;
}

static const struct track fixture_tracks[] = {
    {.name = "network", .phase = "preflight", .goal = "present", .attempt = 1},
    {.name = "orders", .phase = "seed", .goal = "present", .attempt = 1},
};

/* A directory with a store that has MIGRATION in it. */
static MAYBE_UNUSED struct store *fixture_new(char dir[64])
{
    struct err err = ERR_INIT;
    unit_make_dir(dir);
    struct store *store = fixture_open(dir, STORE_CREATE);
    OK(migration_create(store, MIGRATION, SPEC, 1, fixture_tracks, ARRAY_LEN(fixture_tracks),
                        &err));
    return store;
}

static MAYBE_UNUSED void fixture_end(struct store *store, const char *dir)
{
    store_close(store);
    unit_remove_dir(dir);
    secret_forget_all();
}

/* Runs statements past the store, as somebody with a sqlite3 shell would. */
static MAYBE_UNUSED int forge(const char *dir, const char *sql)
{
    sqlite3 *db = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/state.db", dir);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return rc;
}

/* Appends one event in a transaction of the lease. */
static MAYBE_UNUSED int append_event(struct store *store, struct lease *lease, const char *text,
                                     struct err *err)
{
    const struct journal_entry entry = {
        .kind = JOURNAL_EVENT, .track = "orders", .actor = "runner", .text = text};
    if (lease_begin(lease, err))
        return -1;
    if (journal_append(store, MIGRATION, lease_fence(lease), &entry, err))
        return store_rollback(store);
    return store_end(store, STORE_COMMIT, err);
}

/* Waits until a child says that it is ready by one byte through the pipe. */
static MAYBE_UNUSED void wait_for_byte(int fd)
{
    char byte;
    ck_assert_int_eq(read(fd, &byte, 1), 1);
}

#endif
