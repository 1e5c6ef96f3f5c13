/*
 * The journal: what goes in comes out, nothing can be changed, and whoever changes it past the
 * program is found out.
 */
#include "state/journal.h"

#include "state/journal_private.h"
#include "tests/unit/state/state_fixture.h"

#define NO_TRIGGERS                                                                                \
    "DROP TRIGGER journal_is_never_changed; DROP TRIGGER journal_is_never_deleted; "               \
    "DROP TRIGGER journal_only_grows; DROP TRIGGER migration_is_frozen; "

/* A journal of five rows: the creation and four events. */
static struct store *five_rows(char dir[64])
{
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct store *store = fixture_new(dir);
    OK(lease_take(&lease, store, MIGRATION, &err));
    for (int i = 2; i <= 5; i++)
        OK(append_event(store, lease, format("event %d", i), &err));
    lease_release(lease);
    return store;
}

START_TEST(a_row_comes_back_as_it_was_appended)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct journal_rows rows;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct journal_entry entry = {
        .kind = JOURNAL_OUTCOME,
        .track = "orders",
        .phase = "cutover",
        .action = "fence",
        .object = "pg_hba",
        .actor = "runner",
        .result = "ok",
        .text = "the source is fenced",
        .detail = "{\"ms\":12}",
    };
    OK(lease_take(&lease, store, MIGRATION, &err));
    OK(lease_begin(lease, &err));
    OK(journal_append(store, MIGRATION, lease_fence(lease), &entry, &err));
    OK(store_end(store, STORE_COMMIT, &err));
    OK(journal_read(store, MIGRATION, NULL, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 2);
    const struct journal_row *row = &rows.row[1];
    ck_assert_int_eq(row->seq, 2);
    ck_assert_int_eq(row->fence, 1);
    ck_assert_int_gt(row->wall_us, 1700000000000000);
    ck_assert_str_eq(row->origin, store_origin(store));
    ck_assert_uint_eq(strlen(row->hash), 64);
    ck_assert_int_eq(row->entry.kind, JOURNAL_OUTCOME);
    ck_assert_str_eq(row->entry.track, "orders");
    ck_assert_str_eq(row->entry.phase, "cutover");
    ck_assert_str_eq(row->entry.action, "fence");
    ck_assert_str_eq(row->entry.object, "pg_hba");
    ck_assert_str_eq(row->entry.actor, "runner");
    ck_assert_str_eq(row->entry.result, "ok");
    ck_assert_str_eq(row->entry.text, "the source is fenced");
    ck_assert_str_eq(row->entry.detail, "{\"ms\":12}");
    ck_assert_ptr_null(rows.row[0].entry.track);
    lease_release(lease);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_filter_takes_the_newest_in_the_order_they_happened)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct journal_rows rows;
    struct store *store = five_rows(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct journal_filter filter = {.limit = 2};
    OK(journal_read(store, MIGRATION, &filter, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 2);
    ck_assert_int_eq(rows.row[0].seq, 4);
    ck_assert_int_eq(rows.row[1].seq, 5);
    filter = (struct journal_filter){.after_seq = 3, .track = "orders"};
    OK(journal_read(store, MIGRATION, &filter, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 2);
    filter = (struct journal_filter){.track = "network"};
    OK(journal_read(store, MIGRATION, &filter, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 0);
    filter = (struct journal_filter){.phase = "seed"};
    OK(journal_read(store, MIGRATION, &filter, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 0);
    OK(store_begin_write(store, &err));
    const struct journal_entry io = {.kind = JOURNAL_IO, .text = "wg show"};
    OK(journal_append(store, MIGRATION, 1, &io, &err));
    OK(store_end(store, STORE_COMMIT, &err));
    filter = (struct journal_filter){.without_io = true};
    OK(journal_read(store, MIGRATION, &filter, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 5);
    fixture_end(store, dir);
}
END_TEST

START_TEST(every_kind_of_row_has_a_name_that_the_table_takes)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct journal_rows rows;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(store_begin_write(store, &err));
    for (int kind = JOURNAL_RUN; kind <= JOURNAL_EVENT; kind++) {
        const struct journal_entry entry = {.kind = (enum journal_kind)kind, .text = "x"};
        OK(journal_append(store, MIGRATION, 0, &entry, &err));
    }
    OK(store_end(store, STORE_COMMIT, &err));
    OK(journal_read(store, MIGRATION, NULL, arena, &rows, &err));
    for (int kind = JOURNAL_RUN; kind <= JOURNAL_EVENT; kind++)
        ck_assert_int_eq(rows.row[kind + 1].entry.kind, kind);
    fixture_end(store, dir);
}
END_TEST

START_TEST(the_database_itself_refuses_to_change_the_journal)
{
    static const char *const statements[] = {
        "UPDATE journal SET text = 'x' WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 5",
        "INSERT OR REPLACE INTO journal SELECT migration, seq, 0, fence, origin, kind, track, "
        "phase, action, object, actor, "
        "result, text, detail, prev, hash FROM journal WHERE seq = 3",
        "UPDATE migration SET spec_text = 'x'",
        "DELETE FROM migration",
        "REPLACE INTO migration SELECT id, 'x', spec_hash, state, created_us, machine_version, "
        "head_seq, head_hash "
        "FROM migration",
    };
    char dir[64];
    struct err err = ERR_INIT;
    int64_t rows = 0;
    struct store *store = five_rows(dir);
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        ck_assert_msg(forge(dir, statements[i]) != SQLITE_OK, "%s", statements[i]);
        OK(store_begin_write(store, &err));
        ck_assert_int_eq(store_run(store, NULL, statements[i], NULL, 0, NULL, NULL, &err), -1);
        ck_assert_int_eq(err.code, ERR_STATE);
        OK(store_end(store, STORE_ROLLBACK, &err));
    }
    OK(journal_verify(store, MIGRATION, &rows, &err));
    ck_assert_int_eq(rows, 5);
    fixture_end(store, dir);
}
END_TEST

/* Forges with the triggers taken away, and expects what journal_verify says. */
static void forged(const char *sql, const char *want)
{
    char dir[64], script[2048];
    struct err err = ERR_INIT;
    struct store *store = five_rows(dir);
    OK(journal_verify(store, MIGRATION, NULL, &err));
    snprintf(script, sizeof script, NO_TRIGGERS "%s", sql);
    ck_assert_int_eq(forge(dir, script), SQLITE_OK);
    FAILS(journal_verify(store, MIGRATION, NULL, &err), ERR_STATE, want);
    fixture_end(store, dir);
}

START_TEST(a_change_to_any_column_is_found)
{
    static const char *const changes[] = {
        "wall_us = wall_us + 1", "fence = 9",     "origin = 'x'", "kind = 'wait'",  "track = 'x'",
        "phase = 'x'",           "action = ''",   "object = 'x'", "actor = 'anna'", "result = 'ok'",
        "text = 'event 4'",      "detail = '{}'", "hash = prev",
    };
    char sql[256];
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        snprintf(sql, sizeof sql, "UPDATE journal SET %s WHERE seq = 3", changes[i]);
        forged(sql,
               "journal of 'orders-to-ece': row 3 was changed: its hash does not fit its contents");
    }
    forged("UPDATE journal SET prev = hash WHERE seq = 3",
           "journal of 'orders-to-ece': row 3 does not follow the row before it");
    forged("UPDATE journal SET text = 'migration ''x'' was made' WHERE seq = 1",
           "journal of 'orders-to-ece': row 1 was changed: its hash does not fit its contents");
}
END_TEST

START_TEST(a_missing_moved_or_cut_row_is_found)
{
    forged("DELETE FROM journal WHERE seq = 1", "journal of 'orders-to-ece': row 1 is missing");
    forged("DELETE FROM journal WHERE seq = 3", "journal of 'orders-to-ece': row 3 is missing");
    forged("DELETE FROM journal WHERE seq = 3; UPDATE journal SET seq = seq - 1 WHERE seq > 3",
           "journal of 'orders-to-ece': row 3 does not follow the row before it");
    forged("DELETE FROM journal WHERE seq = 5",
           "journal of 'orders-to-ece': it ends with row 4, but its recorded head is row 5: the "
           "end was cut off");
    forged("DELETE FROM journal", "journal of 'orders-to-ece': it ends with row 0, but its "
                                  "recorded head is row 5: the end was cut off");
    forged("UPDATE migration SET head_seq = 4",
           "journal of 'orders-to-ece': its last row 5 is not its recorded head (row 4)");
    forged("UPDATE migration SET head_hash = (SELECT hash FROM journal WHERE seq = 4)",
           "journal of 'orders-to-ece': its last row 5 is not its recorded head (row 5)");
    forged(
        "UPDATE migration SET spec_text = spec_text || ' '",
        "the frozen migration file of 'orders-to-ece' was changed: its hash does not fit its text");
}
END_TEST

START_TEST(one_changed_byte_in_the_file_is_found)
{
    char dir[64], path[96];
    static char bytes[1 << 20];
    struct err err = ERR_INIT;
    store_close(five_rows(dir));
    snprintf(path, sizeof path, "%s/state.db", dir);
    FILE *file = fopen(path, "r+e");
    size_t len = fread(bytes, 1, sizeof bytes, file);
    char *at = memmem(bytes, len, "event 3", 7);
    ck_assert_ptr_nonnull(at);
    fseek(file, at - bytes + 6, SEEK_SET);
    fputc('8', file);
    fclose(file);
    struct store *store = fixture_open(dir, STORE_READ);
    OK(store_check(store, &err)); /* SQLite itself sees nothing */
    FAILS(journal_verify(store, MIGRATION, NULL, &err), ERR_STATE,
          "journal of 'orders-to-ece': row 3 was changed: its hash does not fit its contents");
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_long_journal_is_verified_over_batch_borders)
{
    char dir[64];
    struct err err = ERR_INIT;
    int64_t rows = 0;
    struct store *store = fixture_new(dir);
    OK(store_begin_write(store, &err));
    const struct journal_entry entry = {.kind = JOURNAL_EVENT, .text = "x"};
    for (int i = 2; i <= 1000; i++)
        OK(journal_append(store, MIGRATION, 0, &entry, &err));
    OK(store_end(store, STORE_COMMIT, &err));
    OK(journal_verify(store, MIGRATION, &rows, &err));
    ck_assert_int_eq(rows, 1000);
    fixture_end(store, dir);
}
END_TEST

/* Computed by another program from the description in state/journal.h:
   Python's hashlib over struct.pack('>Q', len) and the bytes of each field. */
START_TEST(a_hash_covers_the_bytes_that_the_header_describes)
{
    char hash[DIGEST_HEX];
    const struct store_value cells[JOURNAL_HASHED] = {
        store_text("m"),     store_int(1),     store_int(-2),    store_int(3),     store_text("o"),
        store_text("event"), store_text(NULL), store_text(""),   store_text(NULL), store_text(NULL),
        store_text("anna"),  store_text(NULL), store_text("hi"), store_text("{}"),
    };
    ck_assert_int_eq(journal_hash(hash, JOURNAL_NO_HASH, cells), 0);
    ck_assert_str_eq(hash, "5617ccbcfef630dbe1e6b5eca597d8a87df86def355fcaba6861216474acd95f");
    ck_assert_int_eq(journal_hash(hash, "no hash", cells), -1);
}
END_TEST

START_TEST(secrets_never_reach_the_file)
{
    char dir[64], path[96];
    static char bytes[1 << 20];
    struct err err = ERR_INIT;
    struct journal_rows rows;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    secret_free(secret_copy("hunter2hunter2", 14, "db"));
    const struct journal_entry entry = {
        .kind = JOURNAL_IO,
        .track = "hunter2hunter2",
        .phase = "hunter2hunter2",
        .action = "hunter2hunter2",
        .object = "hunter2hunter2",
        .actor = "hunter2hunter2",
        .result = "hunter2hunter2",
        .text = "psql postgres://u:hunter2hunter2@h/d",
        .detail = "{\"stdout\":\"aHVudGVyMmh1bnRlcjI=\",\"stdin\":\"password='hunter2hunter2\"}",
    };
    OK(store_begin_write(store, &err));
    OK(journal_append(store, MIGRATION, 0, &entry, &err));
    OK(store_end(store, STORE_COMMIT, &err));
    OK(journal_read(store, MIGRATION, NULL, arena, &rows, &err));
    ck_assert_str_eq(rows.row[1].entry.track, "[secret:db]");
    ck_assert_str_eq(rows.row[1].entry.text, "psql postgres://u:[secret:pattern]@h/d");
    ck_assert_str_eq(rows.row[1].entry.detail,
                     "{\"stdout\":\"[secret:db]\",\"stdin\":\"password=[secret:pattern]\"}");
    OK(journal_verify(store, MIGRATION, NULL, &err));
    store_close(store);
    snprintf(path, sizeof path, "%s/state.db", dir);
    FILE *file = fopen(path, "re");
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ck_assert_ptr_null(memmem(bytes, len, "hunter2", 7));
    ck_assert_ptr_null(memmem(bytes, len, "aHVudGVy", 8));
    fixture_end(NULL, dir);
}
END_TEST

UNIT_MAIN("journal", a_row_comes_back_as_it_was_appended,
          a_filter_takes_the_newest_in_the_order_they_happened,
          every_kind_of_row_has_a_name_that_the_table_takes,
          the_database_itself_refuses_to_change_the_journal, a_change_to_any_column_is_found,
          a_missing_moved_or_cut_row_is_found, one_changed_byte_in_the_file_is_found,
          a_long_journal_is_verified_over_batch_borders,
          a_hash_covers_the_bytes_that_the_header_describes, secrets_never_reach_the_file)
