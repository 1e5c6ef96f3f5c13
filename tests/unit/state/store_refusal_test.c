/*
 * Directories and files that the store refuses: each message as a person reads it, and nothing
 * changed.
 */
#include <fcntl.h>

#include "state/digest.h"
#include "state/store_private.h"
#include "tests/unit/state/state_fixture.h"

static int opens(const char *dir, enum store_access access, struct err *err)
{
    struct store *store = NULL;
    int result = store_open(&store, dir, access, clock_real(), err);
    store_close(store);
    return result;
}

static void digest_file(unsigned char out[DIGEST_BYTES], const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    digest_sha256(out, bytes, len);
}

/* The file is refused in every way of opening it, and is afterwards what it was. */
static void refused(const char *dir, const char *want)
{
    struct err err = ERR_INIT;
    unsigned char before[DIGEST_BYTES], after[DIGEST_BYTES];
    char path[96], text[1024];
    snprintf(path, sizeof path, "%s/state.db", dir);
    snprintf(text, sizeof text, "state file '%s' %s", path, want);
    digest_file(before, path);
    FAILS(opens(dir, STORE_READ, &err), ERR_STATE, text);
    FAILS(opens(dir, STORE_WRITE, &err), ERR_STATE, text);
    FAILS(opens(dir, STORE_CREATE, &err), ERR_STATE, text);
    digest_file(after, path);
    ck_assert_mem_eq(before, after, DIGEST_BYTES);
}

START_TEST(directory_with_wrong_rights_owner_or_kind_is_refused)
{
    char dir[64], link[96], file[96];
    struct err err = ERR_INIT;
    unit_make_dir(dir);
    snprintf(link, sizeof link, "%s/link", dir);
    snprintf(file, sizeof file, "%s/file", dir);
    ck_assert_int_eq(symlink(dir, link), 0);
    unit_write_file(file, "x", 1);
    FAILS(opens(link, STORE_CREATE, &err), ERR_STATE,
          format("state directory '%s' is a symbolic link: name the directory itself", link));
    FAILS(opens(format("%s/link/", dir), STORE_CREATE, &err), ERR_STATE,
          format("state directory '%s' is a symbolic link: name the directory itself", link));
    FAILS(opens(file, STORE_CREATE, &err), ERR_STATE,
          format("cannot open state directory '%s': Not a directory", file));
    ck_assert_int_eq(chmod(dir, 0750), 0);
    FAILS(opens(dir, STORE_CREATE, &err), ERR_STATE,
          format("state directory '%s' has mode 0750, it must be 0700: chmod 700 it", dir));
    ck_assert_int_eq(chmod(dir, 0700), 0);
    FAILS(opens(format("%s/none", dir), STORE_WRITE, &err), ERR_STATE,
          format(
              "there is no state directory '%s/none': name the one that the migration was begun in",
              dir));
    FAILS(opens(format("%s/none/deep", dir), STORE_CREATE, &err), ERR_STATE,
          format("cannot make state directory '%s/none/deep': No such file or directory", dir));
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(dir, 65534, 65534), 0);
        FAILS(opens(dir, STORE_CREATE, &err), ERR_STATE,
              format("state directory '%s' belongs to user 65534, not to us (user 0): use one of "
                     "your own",
                     dir));
    } else {
        fprintf(stderr, "SKIPPED a foreign owner: needs root\n");
    }
    unit_remove_dir(dir);
}
END_TEST

START_TEST(directory_is_made_private_and_may_lie_below_a_symbolic_link)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct stat st;
    unit_make_dir(dir);
    umask(0);
    ck_assert_int_eq(symlink(dir, format("%s/link", dir)), 0);
    OK(opens(format("%s/link/new/", dir), STORE_CREATE, &err));
    ck_assert_int_eq(stat(format("%s/new", dir), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    OK(opens(format("%s/link/new", dir), STORE_READ, &err));
    unit_remove_dir(format("%s/new", dir));
    unit_remove_dir(dir);
}
END_TEST

START_TEST(file_systems_with_locks_that_cannot_be_trusted_are_known)
{
    ck_assert_str_eq(store_fs_refused(0x6969), "nfs");
    ck_assert_str_eq(store_fs_refused(0xFFFFFFFFFF534D42UL),
                     "cifs"); /* sign-extended, as statfs may give it */
    ck_assert_str_eq(store_fs_refused(0x65735546), "fuse");
    ck_assert_ptr_null(store_fs_refused(0xEF53));     /* ext4 */
    ck_assert_ptr_null(store_fs_refused(0x01021994)); /* tmpfs */
    ck_assert_ptr_null(store_fs_refused(0x794C7630)); /* overlayfs */
}
END_TEST

START_TEST(file_that_is_missing_is_not_made_by_who_does_not_create)
{
    char dir[64];
    struct err err = ERR_INIT;
    unit_make_dir(dir);
    FAILS(opens(dir, STORE_WRITE, &err), ERR_STATE,
          format("there is no state file '%s/state.db': no migration was begun in this directory",
                 dir));
    FAILS(opens(dir, STORE_READ, &err), ERR_STATE,
          format("there is no state file '%s/state.db': no migration was begun in this directory",
                 dir));
    ck_assert_int_eq(access(format("%s/state.db", dir), F_OK), -1);
    unit_remove_dir(dir);
}
END_TEST

START_TEST(file_with_wrong_rights_names_owner_or_kind_is_refused)
{
    char dir[64], path[96], other[96];
    store_close(fixture_new(dir));
    snprintf(path, sizeof path, "%s/state.db", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    chmod(path, 0644);
    refused(dir, "has mode 0644, it must be 0600: chmod 600 it");
    chmod(path, 0600);
    ck_assert_int_eq(link(path, other), 0);
    refused(dir, "has 2 names, it must have one: remove the others");
    unlink(path);
    ck_assert_int_eq(symlink(other, path), 0);
    refused(dir, "is a symbolic link: put the file itself there");
    unlink(path);
    ck_assert_int_eq(rename(other, path), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(path, 65534, 65534), 0);
        refused(dir, "belongs to user 65534, not to us (user 0)");
    } else {
        fprintf(stderr, "SKIPPED a foreign owner: needs root\n");
    }
    unit_remove_dir(dir);
}
END_TEST

START_TEST(file_that_is_no_database_is_refused)
{
    static const char junk[8192] = "this is no database";
    char dir[64], path[96];
    unit_make_dir(dir);
    umask(077);
    snprintf(path, sizeof path, "%s/state.db", dir);
    unit_write_file(path, junk, sizeof junk);
    refused(dir, "is not ours or its beginning is damaged: it is not a SQLite database");
    unit_write_file(path, junk, 100);
    refused(dir, "is only 100 bytes long: something cut it; restore it from a backup");
    unit_write_file(path, "", 0);
    refused(dir, "is only 0 bytes long: something cut it; restore it from a backup");
    unit_remove_dir(dir);
}
END_TEST

START_TEST(database_of_another_program_is_refused)
{
    char dir[64];
    unit_make_dir(dir);
    umask(077);
    ck_assert_int_eq(forge(dir, "PRAGMA journal_mode = WAL; PRAGMA application_id = 66; PRAGMA "
                                "user_version = 1; CREATE TABLE t (a)"),
                     SQLITE_OK);
    refused(dir, "is not ours: it is a SQLite database of another program "
                 "(application id 0x00000042)");
    unit_remove_dir(dir);
}
END_TEST

START_TEST(file_of_a_newer_version_is_refused_and_names_both)
{
    char dir[64], want[256];
    store_close(fixture_new(dir));
    ck_assert_int_eq(forge(dir, "PRAGMA user_version = 4711"), SQLITE_OK);
    snprintf(want, sizeof want,
             "needs schema version 4711, this ece-migrate (" PROGRAM ") knows up to %d: "
             "use the ece-migrate that wrote it, or a newer one: " PROGRAM,
             store_schema_version());
    refused(dir, want);
    unit_remove_dir(dir);
}
END_TEST

START_TEST(file_that_was_cut_is_refused)
{
    char dir[64], path[96];
    struct stat st;
    store_close(fixture_new(dir));
    snprintf(path, sizeof path, "%s/state.db", dir);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(truncate(path, st.st_size - 4096), 0);
    refused(dir, "is damaged (database disk image is malformed): restore it from a backup");
    ck_assert_int_eq(truncate(path, 5000), 0);
    refused(dir, "is damaged (database disk image is malformed): restore it from a backup");
    unit_remove_dir(dir);
}
END_TEST

/* A writer that dies while it writes the file itself, here because its cache is too small for the
   transaction, leaves a journal that the next one to open rolls back. */
static void die_while_writing(const char *dir)
{
    int status = 0;
    if (fork() == 0) {
        sqlite3 *db = NULL;
        _exit(sqlite3_open(format("%s/state.db", dir), &db) ||
              sqlite3_exec(
                  db,
                  "PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 1; BEGIN IMMEDIATE;"
                  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
                  "INSERT INTO sample SELECT '" MIGRATION
                  "', 'orders', 'lag_bytes', i, i, i FROM n",
                  NULL, NULL, NULL) ||
              raise(SIGKILL));
    }
    wait(&status);
    ck_assert(WIFSIGNALED(status));
}

/* A page in the middle is garbage, which opening alone does not see. */
START_TEST(damage_is_looked_for_after_an_unclean_end)
{
    char dir[64], path[96], page[4096];
    struct err err = ERR_INIT;
    store_close(fixture_new(dir));
    die_while_writing(dir);
    OK(opens(dir, STORE_READ, &err));
    snprintf(path, sizeof path, "%s/state.db", dir);
    die_while_writing(dir);
    memset(page, 0xa5, sizeof page);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, page, sizeof page, 4 * 4096), 4096);
    close(fd);
    ck_assert_int_eq(opens(dir, STORE_READ, &err), -1);
    ck_assert_int_eq(err.code, ERR_STATE);
    ck_assert_msg(strstr(err.text, format("state file '%s' is damaged (", path)) == err.text, "%s",
                  err.text);
    OK(opens(dir, STORE_READ,
             &err)); /* the end was clean this time: it would cost too much always */
    unit_remove_dir(dir);
}
END_TEST

UNIT_MAIN("store_refusal", directory_with_wrong_rights_owner_or_kind_is_refused,
          directory_is_made_private_and_may_lie_below_a_symbolic_link,
          file_systems_with_locks_that_cannot_be_trusted_are_known,
          file_that_is_missing_is_not_made_by_who_does_not_create,
          file_with_wrong_rights_names_owner_or_kind_is_refused,
          file_that_is_no_database_is_refused, database_of_another_program_is_refused,
          file_of_a_newer_version_is_refused_and_names_both, file_that_was_cut_is_refused,
          damage_is_looked_for_after_an_unclean_end)
