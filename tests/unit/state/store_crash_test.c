/*
 * What a killed process and a full disk leave behind: every row that was acknowledged, and a sound
 * file.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "tests/unit/state/state_fixture.h"

#define ROUNDS 100

/* Takes the lease and appends rows for ever; each that was committed is counted where the parent
 * sees it. */
static NORETURN void append_for_ever(const char *dir, volatile int64_t *acked)
{
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct store *store = NULL;
    if (store_open(&store, dir, STORE_WRITE, clock_real(), &err) ||
        lease_take(&lease, store, MIGRATION, &err))
        _exit(2);
    while (append_event(store, lease, "one more", &err) == 0)
        (*acked)++;
    _exit(3);
}

START_TEST(a_killed_writer_loses_no_row_that_was_acknowledged)
{
    char dir[64];
    struct err err = ERR_INIT;
    volatile int64_t *acked =
        mmap(NULL, sizeof *acked, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    store_close(fixture_new(dir));
    *acked = 1; /* the row of the creation */
    srand(4711);
    for (int round = 1; round <= ROUNDS; round++) {
        int status = 0;
        int64_t rows = 0, before = *acked;
        pid_t writer = fork();
        if (writer == 0)
            append_for_ever(dir, acked);
        /* Every fourth is killed while it opens the file or takes the lease over, the others while
         * they write. */
        while (round % 4 && *acked == before && waitpid(writer, &status, WNOHANG) == 0)
            sched_yield();
        usleep((unsigned)rand() % 8000);
        kill(writer, SIGKILL);
        waitpid(writer, &status, 0);
        ck_assert_msg(WIFSIGNALED(status), "round %d: the writer ended by itself with %d", round,
                      WEXITSTATUS(status));
        struct store *store = fixture_open(dir, STORE_WRITE);
        OK(journal_verify(store, MIGRATION, &rows, &err));
        ck_assert_msg(rows == *acked || rows == *acked + 1,
                      "round %d: %lld rows, %lld acknowledged", round, (long long)rows,
                      (long long)*acked);
        *acked = rows; /* one that was durable but not acknowledged counts from now on */
        store_close(store);
    }
    ck_assert_int_gt(*acked, ROUNDS);
    struct store *store = fixture_open(dir, STORE_READ);
    OK(store_check(store, &err));
    fixture_end(store, dir);
}
END_TEST

/* A small tmpfs in a mount namespace of our own, so that nothing is left of it. */
static bool mount_small(const char *dir)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("small", dir, "tmpfs", 0, "size=400k,mode=0700") == 0;
}

START_TEST(a_full_disk_is_said_clearly_and_the_file_stays_sound)
{
    char dir[64], text[2048];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    int64_t appended = 0, rows = 0;
    unit_make_dir(dir);
    if (!mount_small(dir)) {
        fprintf(stderr,
                "SKIPPED a_full_disk_is_said_clearly_and_the_file_stays_sound: needs root\n");
        rmdir(dir);
        return;
    }
    struct store *store = fixture_open(dir, STORE_CREATE);
    OK(migration_create(store, MIGRATION, SPEC, 1, fixture_tracks, ARRAY_LEN(fixture_tracks),
                        &err));
    OK(lease_take(&lease, store, MIGRATION, &err));
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    while (append_event(store, lease, text, &err) == 0)
        appended++;
    ck_assert_int_eq(err.code, ERR_FULL);
    ck_assert_msg(
        str_ends(err.text, format("the disk with state file '%s/state.db' is full: nothing was "
                                  "written; make room, then resume",
                                  dir)),
        "%s", err.text);
    ck_assert_int_gt(appended, 20);
    OK(store_check(store, &err));
    OK(journal_verify(store, MIGRATION, &rows, &err));
    ck_assert_int_eq(rows, appended + 1);
    ck_assert_int_eq(mount("small", dir, "tmpfs", MS_REMOUNT, "size=2m,mode=0700"), 0);
    OK(append_event(store, lease, text, &err));
    lease_release(lease);
    fixture_end(store, dir);
    umount(dir);
    rmdir(dir);
}
END_TEST

UNIT_MAIN("store_crash", a_killed_writer_loses_no_row_that_was_acknowledged,
          a_full_disk_is_said_clearly_and_the_file_stays_sound)
