/*
 * Transactions, statements and values.
 */
#include "state/store.h"

#include "state/store_private.h"
#include "tests/unit/state/state_fixture.h"

static const struct store_value two[] = {{.type = STORE_INT, .i = 1}, {.type = STORE_INT, .i = 2}};

START_TEST(values_come_back_as_they_were_bound)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store_rows rows;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct store_value args[] = {store_int(INT64_MIN), store_text("gr\xc3\xbc\xc3\x9f"),
                                       store_text(NULL), store_blob("a\0b", 3),
                                       store_blob(NULL, 0)};
    OK(store_run(store, arena, "SELECT $1, $2, $3, $4, $5, ''", args, 5, &rows, NULL, &err));
    ck_assert_uint_eq(rows.rows, 1);
    ck_assert_uint_eq(rows.cols, 6);
    ck_assert(rows.cell[0].type == STORE_INT && rows.cell[0].i == INT64_MIN);
    ck_assert_str_eq(rows.cell[1].text, "gr\xc3\xbc\xc3\x9f");
    ck_assert(rows.cell[2].type == STORE_NULL && rows.cell[2].text == NULL);
    ck_assert(rows.cell[3].type == STORE_BLOB && rows.cell[3].len == 3);
    ck_assert_mem_eq(rows.cell[3].text, "a\0b", 3);
    ck_assert(rows.cell[4].type == STORE_BLOB && rows.cell[4].len == 0);
    ck_assert(rows.cell[5].type == STORE_TEXT);
    ck_assert_str_eq(rows.cell[5].text, "");
    fixture_end(store, dir);
}
END_TEST

/* Zeroed pages give NULLs where the table allows none, and SQLite says nothing. */
START_TEST(a_value_of_another_type_than_its_column_is_damage)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store_rows rows;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    static const char sql[] = "SELECT $1, 'text', NULL";
    const struct store_value args[] = {store_int(1)};
    OK(store_read(store, arena, sql, "ito", args, 1, &rows, &err));
    ck_assert_str_eq(rows.cell[1].text, "text");
    static const char *const wrong[] = {"tto", "iio", "itt", "iti"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        ck_assert_int_eq(store_read(store, arena, sql, wrong[i], args, 1, &rows, &err), -1);
        ck_assert_int_eq(err.code, ERR_STATE);
        ck_assert_ptr_nonnull(strstr(err.text,
                                     "is damaged (a value is missing or of another type): "
                                     "restore it from a backup"));
    }
    FAILS(store_read(store, arena, sql, "it", args, 1, &rows, &err), ERR_INTERNAL,
          "statement gives 3 columns, not 2: SELECT $1, 'text', NULL");
    fixture_end(store, dir);
}
END_TEST

START_TEST(arguments_must_stand_in_order_and_be_complete)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store_rows rows;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    FAILS(store_run(store, arena, "SELECT $2, $1", two, 2, &rows, NULL, &err), ERR_INTERNAL,
          "argument 1 of a statement is not $1: SELECT $2, $1");
    FAILS(store_run(store, arena, "SELECT $1", two, 2, &rows, NULL, &err), ERR_INTERNAL,
          "statement takes 1 arguments, not 2: SELECT $1");
    FAILS(store_run(store, arena, "SELECT ?, ?", two, 2, &rows, NULL, &err), ERR_INTERNAL,
          "argument 1 of a statement is not $1: SELECT ?, ?");
    FAILS(store_run(store, arena, "SELEC", NULL, 0, &rows, NULL, &err), ERR_INTERNAL,
          "cannot prepare a statement: near \"SELEC\": syntax error");
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_write_needs_a_write_transaction)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = fixture_new(dir);
    static const char sql[] = "UPDATE track SET attempt = 9";
    FAILS(store_run(store, NULL, sql, NULL, 0, NULL, NULL, &err), ERR_INTERNAL,
          "a statement writes outside a write transaction: UPDATE track SET attempt = 9");
    OK(store_begin_read(store, &err));
    ck_assert_int_eq(store_run(store, NULL, sql, NULL, 0, NULL, NULL, &err), -1);
    FAILS(store_begin_write(store, &err), ERR_INTERNAL,
          "a transaction on the state file began inside another");
    OK(store_end(store, STORE_ROLLBACK, &err));
    FAILS(store_end(store, STORE_COMMIT, &err), ERR_INTERNAL,
          "a transaction ended that had not begun");
    store_close(store);
    store = fixture_open(dir, STORE_READ);
    FAILS(store_begin_write(store, &err), ERR_INTERNAL,
          "a write transaction began on a state file opened for reading");
    fixture_end(store, dir);
}
END_TEST

static int64_t attempt(struct store *store)
{
    struct err err = ERR_INIT;
    struct store_rows rows;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(store_run(store, arena, "SELECT attempt FROM track WHERE name = 'orders'", NULL, 0, &rows,
                 NULL, &err));
    return rows.cell[0].i;
}

START_TEST(commit_keeps_and_rollback_forgets)
{
    char dir[64];
    struct err err = ERR_INIT;
    int64_t changes = 0;
    struct store *store = fixture_new(dir);
    OK(store_begin_write(store, &err));
    OK(store_run(store, NULL, "UPDATE track SET attempt = 7", NULL, 0, NULL, &changes, &err));
    ck_assert_int_eq(changes, 2);
    OK(store_end(store, STORE_COMMIT, &err));
    OK(store_begin_write(store, &err));
    OK(store_run(store, NULL, "UPDATE track SET attempt = 8", NULL, 0, NULL, NULL, &err));
    OK(store_end(store, STORE_ROLLBACK, &err));
    ck_assert_int_eq(attempt(store), 7);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_transaction_with_a_failed_statement_cannot_be_committed)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = fixture_new(dir);
    OK(store_begin_write(store, &err));
    OK(store_run(store, NULL, "UPDATE track SET attempt = 7", NULL, 0, NULL, NULL, &err));
    ck_assert_int_eq(
        store_run(store, NULL, "UPDATE track SET goal = 'x'", NULL, 0, NULL, NULL, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "CHECK constraint failed"));
    FAILS(store_end(store, STORE_COMMIT, &err), ERR_INTERNAL,
          "a transaction of which a statement failed was to be committed");
    ck_assert_int_eq(attempt(store), 1);
    fixture_end(store, dir);
}
END_TEST

extern const struct embed store_schema_files[];
extern const size_t store_schema_files_len;

START_TEST(a_locked_file_is_busy_and_the_locker_is_named)
{
    char dir[64];
    int ready[2];
    struct err err = ERR_INIT;
    store_close(fixture_new(dir));
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *other = fixture_open(dir, STORE_WRITE);
        _exit(store_begin_write(other, &err) || write(ready[1], "x", 1) != 1 || pause());
    }
    wait_for_byte(ready[0]);
    const struct store_options options = {store_schema_files, store_schema_files_len, 50};
    struct store *store = NULL;
    OK(store_open_with(&store, dir, STORE_WRITE, clock_real(), &options, &err));
    ck_assert_int_eq(attempt(store), 1); /* a reader is not kept out */
    FAILS(
        store_begin_write(store, &err), ERR_BUSY,
        format("state file '%s/state.db' is locked by another process (pid %d)", dir, (int)child));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    OK(store_begin_write(store, &err));
    OK(store_end(store, STORE_COMMIT, &err));
    fixture_end(store, dir);
}
END_TEST

START_TEST(the_file_is_ours_alone_and_says_what_it_is)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = fixture_new(dir);
    struct stat st;
    int64_t value = 0;
    umask(0);
    ck_assert_int_eq(stat(format("%s/state.db", dir), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    OK(store_begin_write(store, &err));
    OK(store_run(store, NULL, "UPDATE track SET attempt = 7", NULL, 0, NULL, NULL, &err));
    ck_assert_int_eq(stat(format("%s/state.db-journal", dir), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    OK(store_end(store, STORE_COMMIT, &err));
    ck_assert_int_eq(stat(format("%s/state.db-journal", dir), &st), 0);
    ck_assert_int_eq(st.st_size, 0); /* journal_mode is TRUNCATE */
    OK(store_pragma_int(store, "PRAGMA synchronous", &value, &err));
    ck_assert_int_eq(value, 3);
    OK(store_pragma_int(store, "PRAGMA user_version", &value, &err));
    ck_assert_int_eq(value, store_schema_version());
    OK(store_pragma_int(store, "PRAGMA application_id", &value, &err));
    ck_assert_int_eq(value, 0x4543454d);
    OK(store_check(store, &err));
    OK(store_quick_check(store, &err));
    ck_assert_ptr_nonnull(strstr(store_origin(store), format("pid %d", (int)getpid())));
    fixture_end(store, dir);
}
END_TEST

UNIT_MAIN("store", values_come_back_as_they_were_bound,
          a_value_of_another_type_than_its_column_is_damage,
          arguments_must_stand_in_order_and_be_complete, a_write_needs_a_write_transaction,
          commit_keeps_and_rollback_forgets,
          a_transaction_with_a_failed_statement_cannot_be_committed,
          a_locked_file_is_busy_and_the_locker_is_named, the_file_is_ours_alone_and_says_what_it_is)
