/*
 * Migrations, tracks, requests, facts and samples.
 */
#include "state/migration.h"

#include "state/fact.h"
#include "state/request.h"
#include "state/sample.h"
#include "tests/unit/state/state_fixture.h"

#define ABC_HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static bool is_there(struct store *store, const char *id)
{
    struct err err = ERR_INIT;
    bool found = false;
    OK(migration_find(store, id, &found, &err));
    return found;
}

START_TEST(a_migration_is_made_whole_with_its_tracks_and_first_row)
{
    char dir[64], hash[65];
    struct err err = ERR_INIT;
    struct migration migration;
    struct track *tracks = NULL;
    struct journal_rows rows;
    size_t len = 0;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(migration_load(store, NULL, arena, &migration, &err));
    migration_hash(hash, SPEC, strlen(SPEC));
    ck_assert_str_eq(migration.id, MIGRATION);
    ck_assert_str_eq(migration.spec_text, SPEC);
    ck_assert_str_eq(migration.spec_hash, hash);
    ck_assert_str_eq(migration.state, "running");
    ck_assert_int_eq(migration.machine_version, 1);
    ck_assert_int_gt(migration.created_us, 0);
    OK(migration_tracks(store, MIGRATION, arena, &tracks, &len, &err));
    ck_assert_uint_eq(len, 2);
    ck_assert_str_eq(tracks[0].name, "network");
    ck_assert_str_eq(tracks[1].name, "orders");
    ck_assert_str_eq(tracks[1].reason, "");
    OK(journal_read(store, MIGRATION, NULL, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 1);
    ck_assert_str_eq(rows.row[0].entry.text, "migration 'orders-to-ece' was made");
    ck_assert_ptr_nonnull(strstr(rows.row[0].entry.detail, hash));
    ck_assert(is_there(store, MIGRATION));
    ck_assert(!is_there(store, "other"));
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_migration_is_made_once_under_a_plain_id)
{
    char dir[64];
    static const char *const ids[] = {
        "",         "../x",
        "a/b",      ".x",
        "-x",       "a b",
        "\xc3\xa4", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct err err = ERR_INIT;
    struct store *store = fixture_new(dir);
    FAILS(migration_create(store, MIGRATION, SPEC, 1, NULL, 0, &err), ERR_STATE,
          "migration 'orders-to-ece' exists already: 'ece-migrate resume' goes on with it");
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        FAILS(migration_create(store, ids[i], SPEC, 1, NULL, 0, &err), ERR_STATE,
              format("migration id '%s' must be 1 to 64 letters, digits, '.', '_' or '-' and begin "
                     "with a letter or digit",
                     ids[i]));
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_migration_that_fails_half_way_is_not_made)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = fixture_new(dir);
    const struct track bad[] = {{.name = "network", .phase = "p", .goal = "present"},
                                {.name = "x", .phase = "p", .goal = "?"}};
    ck_assert_int_eq(migration_create(store, "second", SPEC, 1, bad, 2, &err), -1);
    ck_assert(!is_there(store, "second"));
    fixture_end(store, dir);
}
END_TEST

START_TEST(an_unknown_migration_is_answered_with_those_there_are)
{
    char dir[64], empty[64];
    struct err err = ERR_INIT;
    struct migration migration;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    FAILS(migration_load(store, "x", arena, &migration, &err), ERR_STATE,
          "there is no migration 'x', there is 'orders-to-ece'");
    OK(migration_create(store, "second", SPEC, 1, NULL, 0, &err));
    FAILS(migration_load(store, NULL, arena, &migration, &err), ERR_STATE,
          "there are several migrations, name one of 'orders-to-ece', 'second'");
    OK(migration_load(store, "second", arena, &migration, &err));
    fixture_end(store, dir);
    unit_make_dir(empty);
    store = fixture_open(empty, STORE_CREATE);
    FAILS(migration_load(store, NULL, arena, &migration, &err), ERR_STATE,
          "there is no migration in the state file: 'ece-migrate run' begins one");
    fixture_end(store, empty);
}
END_TEST

START_TEST(a_track_moves_inside_a_transaction_of_the_lease)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct track *tracks = NULL;
    size_t len = 0;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(lease_take(&lease, store, MIGRATION, &err));
    for (int state = TRACK_ACTIVE; state <= TRACK_DONE; state++) {
        const struct track moved = {.name = "orders",
                                    .phase = "follow",
                                    .goal = "absent",
                                    .state = (enum track_state)state,
                                    .reason = "lag 12 MiB",
                                    .attempt = 3,
                                    .phase_since_us = 42};
        OK(lease_begin(lease, &err));
        OK(migration_put_track(store, MIGRATION, &moved, &err));
        OK(store_end(store, STORE_COMMIT, &err));
        OK(migration_tracks(store, MIGRATION, arena, &tracks, &len, &err));
        ck_assert_int_eq(tracks[1].state, state);
    }
    ck_assert_str_eq(tracks[1].phase, "follow");
    ck_assert_str_eq(tracks[1].goal, "absent");
    ck_assert_str_eq(tracks[1].reason, "lag 12 MiB");
    ck_assert_int_eq(tracks[1].attempt, 3);
    ck_assert_int_eq(tracks[1].phase_since_us, 42);
    ck_assert_str_eq(tracks[0].phase, "preflight");
    OK(lease_begin(lease, &err));
    const struct track unknown = {.name = "x", .phase = "p", .goal = "present"};
    FAILS(migration_put_track(store, MIGRATION, &unknown, &err), ERR_STATE,
          "migration 'orders-to-ece' has no track 'x'");
    store_rollback(store);
    lease_release(lease);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_migration_moves_to_known_states_only)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct migration migration;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(store_begin_write(store, &err));
    OK(migration_set_state(store, MIGRATION, "aborting", &err));
    OK(store_end(store, STORE_COMMIT, &err));
    OK(migration_load(store, MIGRATION, arena, &migration, &err));
    ck_assert_str_eq(migration.state, "aborting");
    OK(store_begin_write(store, &err));
    ck_assert_int_eq(migration_set_state(store, MIGRATION, "finished", &err), -1);
    store_rollback(store);
    OK(store_begin_write(store, &err));
    FAILS(migration_set_state(store, "x", "done", &err), ERR_STATE,
          "there is no migration 'x' in the state file");
    store_rollback(store);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_request_is_kept_journaled_and_seen_once)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct request *requests = NULL;
    struct journal_rows rows;
    size_t len = 0;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct request approve = {.kind = REQUEST_APPROVE,
                                    .track = "orders",
                                    .who = "anna",
                                    .spec_hash = ABC_HASH,
                                    .comment = "looks \"good\""};
    const struct request stop = {.kind = REQUEST_ABORT, .who = "ben"};
    const struct request vague = {.kind = REQUEST_APPROVE, .who = "ben", .spec_hash = "abc"};
    OK(request_make(store, MIGRATION, &approve, &err));
    OK(request_make(store, MIGRATION, &stop, &err));
    FAILS(request_make(store, MIGRATION, &vague, &err), ERR_STATE,
          "an approval names the migration file by its SHA-256, not by 'abc'");
    ck_assert_int_eq(request_make(store, "x", &stop, &err), -1);
    OK(store_begin_write(store, &err));
    OK(request_mark_seen(store, 1, &err));
    FAILS(request_mark_seen(store, 3, &err), ERR_STATE, "there is no request 3");
    store_rollback(store);
    OK(store_begin_write(store, &err));
    OK(request_mark_seen(store, 1, &err));
    OK(store_end(store, STORE_COMMIT, &err));
    OK(request_read(store, MIGRATION, arena, &requests, &len, &err));
    ck_assert_uint_eq(len, 2);
    ck_assert(requests[0].kind == REQUEST_APPROVE && requests[0].seen);
    ck_assert_str_eq(requests[0].track, "orders");
    ck_assert_str_eq(requests[0].who, "anna");
    ck_assert_str_eq(requests[0].spec_hash, ABC_HASH);
    ck_assert_str_eq(requests[0].comment, "looks \"good\"");
    ck_assert_int_gt(requests[0].wall_us, 0);
    ck_assert(requests[1].kind == REQUEST_ABORT && !requests[1].seen && requests[1].id == 2);
    ck_assert_str_eq(requests[1].track, "");
    OK(journal_read(store, MIGRATION, NULL, arena, &rows, &err));
    ck_assert_uint_eq(rows.len, 3);
    ck_assert_int_eq(rows.row[1].entry.kind, JOURNAL_REQUEST);
    ck_assert_str_eq(rows.row[1].entry.actor, "anna");
    ck_assert_str_eq(rows.row[1].entry.text, "anna asked to approve: looks \"good\"");
    ck_assert_str_eq(rows.row[1].entry.detail, "{\"spec_sha256\":\"" ABC_HASH "\"}");
    ck_assert_str_eq(rows.row[2].entry.text, "ben asked to abort");
    ck_assert_ptr_null(rows.row[2].entry.track);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_fact_is_found_by_track_and_name_and_replaced)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct facts facts;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(store_begin_write(store, &err));
    OK(fact_put(store, MIGRATION, "orders", "final_lsn", "0/1", &err));
    OK(fact_put(store, MIGRATION, "orders", "final_lsn", "0/2", &err));
    OK(fact_put(store, MIGRATION, "network", "final_lsn", "0/3", &err));
    OK(store_end(store, STORE_COMMIT, &err));
    OK(fact_read(store, MIGRATION, arena, &facts, &err));
    ck_assert_uint_eq(facts.len, 2);
    ck_assert_str_eq(fact_find(&facts, "orders", "final_lsn"), "0/2");
    ck_assert_str_eq(fact_find(&facts, "network", "final_lsn"), "0/3");
    ck_assert_ptr_null(fact_find(&facts, "orders", "x"));
    secret_free(secret_copy("hunter2hunter2", 14, "db"));
    OK(store_begin_write(store, &err));
    FAILS(fact_put(store, MIGRATION, "orders", "conf", "pw hunter2hunter2", &err), ERR_INTERNAL,
          "fact 'conf' of track 'orders' holds a secret, which the store never does");
    store_rollback(store);
    fixture_end(store, dir);
}
END_TEST

START_TEST(samples_keep_the_newest_of_each_series)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct sample *samples = NULL;
    size_t len = 0;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct sample *many = ARENA_ARRAY(arena, struct sample, 4100);
    for (int i = 0; i < 4100; i++)
        many[i] =
            (struct sample){.wall_us = i, .track = "orders", .name = "lag_bytes", .value = i * 2};
    const struct sample other = {.wall_us = 1, .track = "orders", .name = "rtt_us", .value = 900};
    OK(lease_take(&lease, store, MIGRATION, &err));
    OK(sample_put(lease, MIGRATION, &other, 1, &err));
    OK(sample_put(lease, MIGRATION, many, 4100, &err));
    OK(sample_read(store, MIGRATION, "orders", "lag_bytes", 0, arena, &samples, &len, &err));
    ck_assert_uint_eq(len, 4000);
    ck_assert_int_eq(samples[0].wall_us, 100);
    OK(sample_read(store, MIGRATION, "orders", "lag_bytes", 3, arena, &samples, &len, &err));
    ck_assert_uint_eq(len, 3);
    ck_assert_int_eq(samples[0].value, 4097 * 2);
    ck_assert_int_eq(samples[2].value, 4099 * 2);
    OK(sample_read(store, MIGRATION, "orders", "rtt_us", 3, arena, &samples, &len, &err));
    ck_assert_uint_eq(len, 1);
    ck_assert_str_eq(samples[0].name, "rtt_us");
    lease_release(lease);
    fixture_end(store, dir);
}
END_TEST

UNIT_MAIN("migration", a_migration_is_made_whole_with_its_tracks_and_first_row,
          a_migration_is_made_once_under_a_plain_id, a_migration_that_fails_half_way_is_not_made,
          an_unknown_migration_is_answered_with_those_there_are,
          a_track_moves_inside_a_transaction_of_the_lease, a_migration_moves_to_known_states_only,
          a_request_is_kept_journaled_and_seen_once, a_fact_is_found_by_track_and_name_and_replaced,
          samples_keep_the_newest_of_each_series)
