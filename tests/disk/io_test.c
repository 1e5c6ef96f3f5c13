/*
 * Every call to the file system fails once, or from one moment on for good, while a whole migration
 * runs over fakes. The run ends by itself with a documented error, or goes on; what was
 * acknowledged is there afterwards; and once the disk works again, running it anew ends where the
 * undisturbed run does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tests/disk/disk.h"
#include "tests/disk/move.h"
#include "tests/disk/tally.h"
#include "tests/unit/unit.h"

/* How many faults of each kind the test run tries; ECE_IO_FAULTS=0: every call there is. */
#define FAULTS 40

static const struct fault {
    int number;
    enum disk_how how;
    const char *name;
} kinds[] = {
    {EIO, DISK_ONCE, "EIO once"},
    {EIO, DISK_ON, "EIO for good"},
    {ENOSPC, DISK_ONCE, "ENOSPC once"},
    {ENOSPC, DISK_ON, "ENOSPC for good"},
};

/* Of an undisturbed run: its calls, and the rows of its journal. */
static int64_t count_calls(int number, int64_t *out_rows)
{
    struct move move;
    struct err err = ERR_INIT;
    move_init(&move);
    disk_watch(move.base);
    disk_fail(0, number, DISK_ONCE);
    ck_assert_msg(move_run(&move, &err) == 0, "%s", err.text);
    int64_t calls = disk_calls();
    disk_forget(NULL);
    move_assert_done(&move);
    *out_rows = move.acked.seq;
    move_free(&move);
    return calls;
}

static bool is_documented(enum err_code code, const struct fault *fault)
{
    return code == ERR_NONE || code == ERR_STATE || (fault->number == ENOSPC && code == ERR_FULL);
}

/* rows: what the journal has when nothing was disturbed. A run that ends as if nothing was must
 * have them all: a commit that failed was not taken for one that worked. */
static void run_with(const struct fault *fault, int64_t at, int64_t rows)
{
    struct move move;
    struct err err = ERR_INIT;
    char failed[256];
    move_init(&move);
    disk_watch(move.base);
    disk_fail(at, fault->number, fault->how);
    int result = move_run(&move, &err);
    snprintf(failed, sizeof(failed), "%s", disk_failed());
    disk_forget(NULL);
    ck_assert_msg(failed[0] != '\0', "call %lld was never made", (long long)at);
    ck_assert_msg(is_documented(err.code, fault), "%s at call %lld (%s): '%s' %s", fault->name,
                  (long long)at, failed, err_name(err.code), err.text);
    ck_assert_msg(result == 0 || err.text[0] != '\0', "an error without a word");
    ck_assert_msg(result < 0 || move.acked.seq == rows,
                  "%s at call %lld (%s): done, with %lld rows instead of %lld", fault->name,
                  (long long)at, failed, (long long)move.acked.seq, (long long)rows);
    struct err again = ERR_INIT;
    struct anchor_head acked = move.acked;
    ck_assert_msg(acked.seq == 0 || move_check(move.state, move.anchors, &acked, &again) == 0,
                  "%s at call %lld (%s): %s", fault->name, (long long)at, failed, again.text);
    ck_assert_msg(move_run(&move, &again) == 0, "%s at call %lld (%s), then run anew: %s",
                  fault->name, (long long)at, failed, again.text);
    move_assert_done(&move);
    move_free(&move);
}

static int64_t wanted(void)
{
    const char *text = getenv("ECE_IO_FAULTS");
    return text == NULL ? FAULTS : strtoll(text, NULL, 10);
}

START_TEST(every_call_that_fails_ends_cleanly_and_the_next_run_goes_on)
{
    const struct fault *fault = &kinds[_i];
    int64_t rows = 0, tried = 0, calls = count_calls(fault->number, &rows);
    int64_t step = wanted() > 0 ? calls / wanted() + 1 : 1;
    ck_assert_int_gt(calls, 200);
    /* A step that shares no factor with the pattern of calls in a commit meets all kinds of them.
     */
    for (int64_t at = 1; at <= calls; at += step, tried++)
        run_with(fault, at, rows);
    fprintf(stderr, "%s: %lld of %lld calls failed\n", fault->name, (long long)tried,
            (long long)calls);
    char name[96];
    snprintf(name, sizeof(name), "a call to the disk fails (%s)", fault->name);
    tally(name, (int)tried, 0, "ECE_IO_FAULTS=0 build/asan/tests/disk/disk_io");
}
END_TEST

int main(void)
{
    log_set_level(LOG_QUIET); /* each note that could not be written is a warning */
    TCase *tcase = tcase_create("io");
    tcase_add_loop_test(tcase, every_call_that_fails_ends_cleanly_and_the_next_run_goes_on, 0,
                        ARRAY_LEN(kinds));
    tcase_set_timeout(tcase, wanted() > 0 ? 550 : 36000);
    Suite *suite = suite_create("io");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
