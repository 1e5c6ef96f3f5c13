/*
 * A disk that fills up in the middle of a migration, on a real small tmpfs: the run ends with the
 * status for it, the journal's last words are in the journal, nothing is lost, and once there is
 * room the next run ends where the undisturbed run does.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "state/journal.h"
#include "tests/disk/disk.h"
#include "tests/disk/move.h"
#include "tests/disk/tally.h"
#include "tests/unit/unit.h"

static bool mount_small(const char *dir)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("small", dir, "tmpfs", 0, "size=2m,mode=0700") == 0;
}

/* Fills the disk when the run comes to its n-th moment, all but the ballast. */
struct filler {
    const char *base;
    int at, seen;
};

static void fill(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    (void)action;
    (void)moment;
    struct filler *filler = arg;
    char path[96];
    static const char page[4096] = "x";
    if (++filler->seen != filler->at)
        return;
    snprintf(path, sizeof(path), "%s/fill", filler->base);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (write(fd, page, sizeof(page)) == sizeof(page))
        ;
    close(fd);
}

/* The newest rows: the hold that says why, and the end of the run. */
static void assert_last_words(struct move *move)
{
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct err err = ERR_INIT;
    struct journal_rows rows;
    struct journal_filter newest = {.limit = 2};
    ck_assert_msg(store_open(&store, move->state, STORE_READ, fake_clock(&move->fake), &err) == 0 &&
                      journal_read(store, "orders", &newest, arena, &rows, &err) == 0,
                  "%s", err.text);
    ck_assert_uint_eq(rows.len, 2);
    ck_assert_int_eq(rows.row[0].entry.kind, JOURNAL_HOLD);
    ck_assert_ptr_nonnull(strstr(rows.row[0].entry.text, "disk full: make room"));
    ck_assert_int_eq(rows.row[1].entry.kind, JOURNAL_RUN);
    ck_assert_str_eq(rows.row[1].entry.result, "full");
    struct track *track = NULL;
    size_t tracks = 0, parked = 0;
    ck_assert_int_eq(migration_tracks(store, "orders", arena, &track, &tracks, &err), 0);
    for (size_t i = 0; i < tracks; i++)
        parked += track[i].state == TRACK_PARKED ? 1 : 0;
    ck_assert_uint_eq(parked, 1);
}

static bool ballast_is_there(const struct move *move)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/state.ballast", move->state);
    return access(path, F_OK) == 0;
}

static void fill_at(int at)
{
    struct move move;
    struct err err = ERR_INIT;
    char path[96];
    move_init(&move);
    ck_assert_int_eq(mount("small", move.base, "tmpfs", 0, "size=2m,mode=0700"), 0);
    struct filler filler = {.base = move.base, .at = at};
    move.hook = fill;
    move.hook_arg = &filler;
    ck_assert_int_eq(move_run(&move, &err), -1);
    ck_assert_msg(err.code == ERR_FULL, "filled at %d: '%s' %s", at, err_name(err.code), err.text);
    ck_assert_int_eq(err_exit_status(err.code), 20);
    ck_assert_ptr_nonnull(strstr(err.text, "is full: nothing was written; make room, then resume"));
    assert_last_words(&move);
    ck_assert(!ballast_is_there(&move));
    snprintf(path, sizeof(path), "%s/fill", move.base);
    ck_assert_int_eq(unlink(path), 0);
    move.hook = NULL;
    err_clear(&err);
    ck_assert_msg(move_run(&move, &err) == 0, "%s", err.text);
    move_assert_done(&move);
    ck_assert(ballast_is_there(&move));
    ck_assert_int_eq(umount(move.base), 0);
    move_free(&move);
}

START_TEST(a_disk_that_fills_up_is_told_in_the_journal_and_survived)
{
    char dir[64];
    int tried = 0;
    unit_make_dir(dir);
    if (!mount_small(dir)) {
        fprintf(stderr, "SKIPPED a_disk_that_fills_up_is_told_in_the_journal_and_survived: needs "
                        "root\n");
        rmdir(dir);
        return;
    }
    umount(dir);
    rmdir(dir);
    for (int at = 1; at <= 80; at += 8, tried++)
        fill_at(at);
    tally("the disk fills up in the middle of a run", tried, 0, "build/asan/tests/disk/disk_full");
}
END_TEST

UNIT_MAIN("full", a_disk_that_fills_up_is_told_in_the_journal_and_survived)
