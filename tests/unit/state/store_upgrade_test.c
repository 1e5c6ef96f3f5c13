/*
 * An older state file is copied aside and brought up to date in one transaction, or stays as it
 * was.
 */
#include "state/store_private.h"
#include "tests/unit/state/state_fixture.h"

#define FIRST                                                                                      \
    {                                                                                              \
        "0001_first.sql", "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);", 0        \
    }

static const struct embed one[] = {FIRST};
static const struct embed two[] = {
    FIRST, {"0002_second.sql", "CREATE TABLE b (y INTEGER) STRICT; UPDATE a SET x = 2;", 0}};
static const struct embed broken[] = {FIRST,
                                      {"0002_second.sql", "UPDATE a SET x = 2; NONSENSE;", 0}};
static const struct embed gap[] = {FIRST, {"0003_third.sql", "", 0}};

static int opens(struct store **out, const char *dir, enum store_access access,
                 const struct embed *schema, size_t len, struct err *err)
{
    const struct store_options options = {schema, len, 1000};
    return store_open_with(out, dir, access, clock_real(), &options, err);
}

static int64_t x_of(struct store *store)
{
    struct err err = ERR_INIT;
    struct store_rows rows;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(store_run(store, arena, "SELECT x FROM a", NULL, 0, &rows, NULL, &err));
    return rows.cell[0].i;
}

static int64_t version_of(struct store *store)
{
    struct err err = ERR_INIT;
    int64_t version = 0;
    OK(store_pragma_int(store, "PRAGMA user_version", &version, &err));
    return version;
}

static void make_first(char dir[64])
{
    struct err err = ERR_INIT;
    struct store *store = NULL;
    unit_make_dir(dir);
    OK(opens(&store, dir, STORE_CREATE, one, 1, &err));
    ck_assert_int_eq(x_of(store), 1);
    store_close(store);
}

START_TEST(older_file_is_backed_up_and_upgraded_by_a_writer)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct stat st;
    struct store *store = NULL;
    make_first(dir);
    OK(opens(&store, dir, STORE_WRITE, two, 2, &err));
    ck_assert_int_eq(x_of(store), 2);
    ck_assert_int_eq(version_of(store), 2);
    store_close(store);
    ck_assert_int_eq(stat(format("%s/state.db.v1.backup", dir), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    /* The backup is a whole state file of the old version. */
    ck_assert_int_eq(rename(format("%s/state.db.v1.backup", dir), "/tmp/ece-unit-backup"), 0);
    unlink(format("%s/state.db", dir));
    char path[96];
    snprintf(path, sizeof path, "%s/state.db", dir);
    ck_assert_int_eq(rename("/tmp/ece-unit-backup", path), 0);
    OK(opens(&store, dir, STORE_READ, one, 1, &err));
    ck_assert_int_eq(x_of(store), 1);
    ck_assert_int_eq(version_of(store), 1);
    fixture_end(store, dir);
}
END_TEST

START_TEST(older_file_is_not_touched_by_a_reader)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = NULL;
    make_first(dir);
    FAILS(opens(&store, dir, STORE_READ, two, 2, &err), ERR_STATE,
          format("state file '%s/state.db' has schema version 1, this ece-migrate has 2: "
                 "'ece-migrate resume' upgrades it",
                 dir));
    OK(opens(&store, dir, STORE_READ, one, 1, &err));
    fixture_end(store, dir);
}
END_TEST

START_TEST(upgrade_that_fails_leaves_the_file_as_it_was)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = NULL;
    make_first(dir);
    ck_assert_int_eq(opens(&store, dir, STORE_WRITE, broken, 2, &err), -1);
    ck_assert_ptr_nonnull(strstr(
        err.text, "upgrade of the state file from version 1 to 2: schema file '0002_second.sql'"));
    OK(opens(&store, dir, STORE_WRITE, one, 1, &err));
    ck_assert_int_eq(x_of(store), 1);
    ck_assert_int_eq(version_of(store), 1);
    fixture_end(store, dir);
}
END_TEST

START_TEST(creation_that_fails_or_dies_leaves_no_state_file)
{
    static const struct embed bad[] = {{"0001_first.sql", "NONSENSE;", 0}};
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = NULL;
    unit_make_dir(dir);
    ck_assert_int_eq(opens(&store, dir, STORE_CREATE, bad, 1, &err), -1);
    ck_assert_int_eq(access(format("%s/state.db", dir), F_OK), -1);
    /* What somebody left who died while creating is in nobody's way. */
    unit_write_file(format("%s/state.db.new", dir), "junk", 4);
    unit_write_file(format("%s/state.db.new-journal", dir), "junk", 4);
    OK(opens(&store, dir, STORE_CREATE, one, 1, &err));
    ck_assert_int_eq(access(format("%s/state.db.new", dir), F_OK), -1);
    fixture_end(store, dir);
}
END_TEST

START_TEST(schema_files_must_be_numbered_without_gaps)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct store *store = NULL;
    make_first(dir);
    FAILS(opens(&store, dir, STORE_WRITE, gap, 2, &err), ERR_INTERNAL,
          "schema file '0003_third.sql' should begin with '0002_'");
    unit_remove_dir(dir);
}
END_TEST

UNIT_MAIN("store_upgrade", older_file_is_backed_up_and_upgraded_by_a_writer,
          older_file_is_not_touched_by_a_reader, upgrade_that_fails_leaves_the_file_as_it_was,
          creation_that_fails_or_dies_leaves_no_state_file,
          schema_files_must_be_numbered_without_gaps)
