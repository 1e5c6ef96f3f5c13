/*
 * The upgrade in mid-migration: state files that older releases left in each phase, forward and on
 * the way back (tests/fixture), are taken to the right end by the program of today. An older
 * program refuses what a newer one made, and says which version is needed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/machine.h"
#include "state/journal.h"
#include "tests/crash/crash_main.h"
#include "tests/crash/crew.h"
#include "tests/crash/invariants.h"
#include "tests/crash/world_text.h"

#define PATH_LEN 512

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "'%s' cannot be read", path);
    char *text = calloc(1, 1 << 20);
    ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, file), (1 << 20) - 1);
    fclose(file);
    return text;
}

/* Statements straight into the state file, past the store. */
static void forge(const struct trial *trial, const char *sql)
{
    char path[PATH_LEN], *why = NULL;
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/state.db", trial->dir);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

/* The migration file is the one that is frozen in the state file. */
static void read_spec(struct trial *trial)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct migration migration;
    struct spec_faults faults = {0};
    ck_assert_msg(
        store_open(&store, trial->dir, STORE_WRITE, fake_clock(trial_fake(trial)), &err) == 0 &&
            migration_load(store, NULL, trial->arena, &migration, &err) == 0,
        "%s", err.text);
    spec_free(trial->spec);
    trial->spec = NULL;
    ck_assert_msg(spec_parse(&trial->spec, migration.spec_text, strlen(migration.spec_text),
                             SPEC_TRUST_FILES, trial->arena, &faults, &err) == 0,
                  "%s: %s", err.text, faults.len > 0 ? faults.fault[0].text : "");
}

static void begin_from(struct trial *trial, const char *dir, const char *name)
{
    char path[PATH_LEN];
    trial_begin(trial, 0);
    snprintf(path, sizeof(path), "%s/state.db", trial->dir);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    char *sql = read_file(arena_printf(trial->arena, "%s/%s.sql", dir, name));
    forge(trial, sql);
    free(sql);
    char *world = read_file(arena_printf(trial->arena, "%s/%s.world", dir, name));
    const char *unknown = world_text_set(trial_fake(trial), world, trial->arena);
    ck_assert_msg(unknown == NULL, "the world has no '%s'", unknown);
    free(world);
    read_spec(trial);
    trial_watch_calls(trial);
}

static bool has_event(struct trial *trial, const char *action)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct journal_rows rows = {0};
    bool found = false;
    ck_assert_int_eq(
        store_open(&store, trial->dir, STORE_READ, fake_clock(trial_fake(trial)), &err), 0);
    ck_assert_int_eq(journal_read(store, trial->spec->id, NULL, trial->arena, &rows, &err), 0);
    for (size_t i = 0; i < rows.len; i++)
        found = found || (rows.row[i].entry.kind == JOURNAL_EVENT &&
                          strcmp(rows.row[i].entry.action, action) == 0);
    return found;
}

static void resume(const char *dir, const char *name, bool other_tables)
{
    struct trial trial;
    struct invariants seen = {0};
    struct err err = ERR_INIT;
    begin_from(&trial, dir, name);
    bool over = false;
    for (int runs = 0; !over && runs < 8; runs++) {
        over = trial_run(&trial, &err) == 0 || err.code == ERR_ABORTED;
        ck_assert_msg(over || trial_person(&trial, &err), "%s/%s: %s", dir, name, err.text);
    }
    const char *broken = invariants_broken_at_end(&seen, &trial);
    ck_assert_msg(over && broken == NULL, "%s/%s: %s", dir, name, over ? broken : err.text);
    bool back = strncmp(name, "back-", 5) == 0;
    ck_assert_msg(back == (strstr(trial_stand(&trial), "migration=aborted\n") != NULL),
                  "%s/%s ends the other way: %s", dir, name, trial_stand(&trial));
    ck_assert_msg(has_event(&trial, "machine") == other_tables,
                  "%s/%s: the journal %s that other tables took it over", dir, name,
                  other_tables ? "does not say" : "says");
    shaky_set_door(NULL);
    trial_end(&trial);
}

static int resume_all_of(const char *dir, bool other_tables)
{
    int fixtures = 0;
    DIR *list = opendir(dir);
    ck_assert_ptr_nonnull(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char name[128];
        size_t len = strlen(entry->d_name);
        if (len < 5 || len >= sizeof(name) || strcmp(entry->d_name + len - 4, ".sql") != 0)
            continue;
        str_copy(name, sizeof(name), entry->d_name);
        name[len - 4] = '\0';
        resume(dir, name, other_tables);
        fixtures++;
    }
    closedir(list);
    return fixtures;
}

START_TEST(what_an_older_release_left_in_any_phase_is_taken_to_its_end)
{
    struct crew_tally tally = {0};
    int releases = 0;
    (void)invariants_canary();
    DIR *list = opendir(CRASH_FIXTURE_DIR);
    ck_assert_ptr_nonnull(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char dir[PATH_LEN];
        int schema, machine;
        if (sscanf(entry->d_name, "schema-%d-machine-%d", &schema, &machine) != 2)
            continue;
        snprintf(dir, sizeof(dir), "%s/%s", CRASH_FIXTURE_DIR, entry->d_name);
        int fixtures = resume_all_of(dir, machine != MACHINE_VERSION);
        ck_assert_int_ge(fixtures, 20);
        tally.tried += fixtures;
        releases++;
    }
    closedir(list);
    printf("%ld state files of %d releases came to their end\n", tally.tried, releases);
    crew_report("a state file of an older release, in any phase, is resumed by this one", &tally,
                "build/asan/tests/crash/crash_upgrade");
    ck_assert_int_ge(releases, 2);
}
END_TEST

START_TEST(phase_tables_that_are_newer_than_ours_are_refused_with_the_version_that_is_needed)
{
    struct trial trial;
    struct err err = ERR_INIT;
    trial_begin(&trial, 0);
    forge(&trial, "UPDATE migration SET machine_version = 4711");
    ck_assert_int_eq(trial_run(&trial, &err), -1);
    ck_assert_str_eq(err_name(err.code), "state");
    ck_assert_msg(strstr(err.text, "phase tables of version 4711, this ece-migrate knows") != NULL,
                  "%s", err.text);
    /* Nothing was written but that somebody held the lease. */
    ck_assert_int_eq(trial_fake(&trial)->calls, 0);
    trial_end(&trial);
}
END_TEST

START_TEST(a_schema_that_is_newer_than_ours_is_refused_with_the_version_that_is_needed)
{
    struct trial trial;
    struct err err = ERR_INIT;
    trial_begin(&trial, 0);
    forge(&trial, "PRAGMA user_version = 4711; UPDATE store_self SET value = '99.9.9' WHERE name "
                  "= 'written_by'");
    ck_assert_int_eq(trial_run(&trial, &err), -1);
    ck_assert_str_eq(err_name(err.code), "state");
    ck_assert_msg(strstr(err.text, "needs schema version 4711") != NULL &&
                      strstr(err.text, "99.9.9") != NULL,
                  "%s", err.text);
    trial_end(&trial);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_an_older_release_left_in_any_phase_is_taken_to_its_end,
        phase_tables_that_are_newer_than_ours_are_refused_with_the_version_that_is_needed,
        a_schema_that_is_newer_than_ours_is_refused_with_the_version_that_is_needed,
    };
    return crash_run("upgrade in mid-migration", tests, ARRAY_LEN(tests));
}
