/*
 * One decision an attempt, whoever asks and however many at once.
 */
#include "steps/guard/claim.h"

#include <sys/wait.h>

#include "tests/unit/unit.h"

static char dir[64];

static enum claim decide(int64_t attempt, enum claim want)
{
    struct err err = ERR_INIT;
    enum claim got = CLAIM_NONE;
    ck_assert_msg(claim_decide(dir, attempt, want, &got, &err) == 0, "%s", err.text);
    return got;
}

static enum claim decided(int64_t attempt)
{
    struct err err = ERR_INIT;
    enum claim got = CLAIM_NONE;
    ck_assert_msg(claim_read(dir, attempt, &got, &err) == 0, "%s", err.text);
    return got;
}

START_TEST(first_claim_decides_and_the_second_hears_it)
{
    unit_make_dir(dir);
    ck_assert_int_eq(decided(1), CLAIM_NONE);
    ck_assert_int_eq(decide(1, CLAIM_COMMIT), CLAIM_COMMIT);
    ck_assert_int_eq(decide(1, CLAIM_CALL_OFF), CLAIM_COMMIT);
    ck_assert_int_eq(decided(1), CLAIM_COMMIT);
    ck_assert_int_eq(decide(2, CLAIM_CALL_OFF), CLAIM_CALL_OFF);
    ck_assert_int_eq(decide(2, CLAIM_COMMIT), CLAIM_CALL_OFF);
    unit_remove_dir(dir);
}
END_TEST

START_TEST(claim_with_a_draft_made_before_is_the_same)
{
    struct err err = ERR_INIT;
    unit_make_dir(dir);
    ck_assert_int_eq(claim_draft(dir, CLAIM_COMMIT, &err), 0);
    ck_assert_int_eq(decided(1), CLAIM_NONE);
    ck_assert_int_eq(decide(1, CLAIM_COMMIT), CLAIM_COMMIT);
    /* The draft is used up; the next claim makes its own. */
    ck_assert_int_eq(decide(2, CLAIM_COMMIT), CLAIM_COMMIT);
    unit_remove_dir(dir);
}
END_TEST

/* One racer: waits for the start, claims, and says by its exit status what it was told. */
static pid_t race(int64_t attempt, enum claim want, const int start[2])
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    char go;
    enum claim got = CLAIM_NONE;
    struct err err = ERR_INIT;
    /* The start is the end of this pipe. */
    close(start[1]);
    if (read(start[0], &go, 1) < 0 || claim_decide(dir, attempt, want, &got, &err) < 0)
        _exit(99);
    _exit((int)got);
}

static int status_of(pid_t pid)
{
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

START_TEST(two_processes_that_race_hear_the_same_decision_every_time)
{
    unit_make_dir(dir);
    for (int64_t attempt = 1; attempt <= 50; attempt++) {
        int start[2];
        ck_assert_int_eq(pipe(start), 0);
        pid_t worker = race(attempt, CLAIM_COMMIT, start);
        pid_t warden = race(attempt, CLAIM_CALL_OFF, start);
        close(start[0]);
        close(start[1]);
        int a = status_of(worker), b = status_of(warden);
        ck_assert_int_eq(a, b);
        ck_assert(a == CLAIM_COMMIT || a == CLAIM_CALL_OFF);
        ck_assert_int_eq((int)decided(attempt), a);
    }
    unit_remove_dir(dir);
}
END_TEST

START_TEST(claim_that_cannot_be_written_is_an_error_and_no_decision)
{
    struct err err = ERR_INIT;
    enum claim got = CLAIM_NONE;
    ck_assert_int_eq(claim_decide("/nowhere/at/all", 1, CLAIM_COMMIT, &got, &err), -1);
    ck_assert_int_eq(err.code, ERR_INTERNAL);
    ck_assert_int_eq(got, CLAIM_NONE);
}
END_TEST

START_TEST(newest_attempt_is_the_highest_that_began)
{
    struct err err = ERR_INIT;
    int64_t newest = -1;
    unit_make_dir(dir);
    ck_assert_int_eq(claim_newest(dir, &newest, &err), 0);
    ck_assert_int_eq(newest, 0);
    ck_assert_int_eq(claim_begin(dir, 9, NULL, &err), 0);
    ck_assert_int_eq(claim_begin(dir, 10, "back", &err), 0);
    struct str way CLEANUP(str_free) = STR_INIT;
    ck_assert_int_eq(claim_way(dir, 9, &way, &err), 0);
    ck_assert_str_eq(str_text(&way), "");
    ck_assert_int_eq(claim_way(dir, 10, &way, &err), 0);
    ck_assert_str_eq(str_text(&way), "back");
    ck_assert_int_eq(claim_newest(dir, &newest, &err), 0);
    ck_assert_int_eq(newest, 10);
    unit_remove_dir(dir);
}
END_TEST

START_TEST(outcome_is_one_line_of_json_and_a_later_account_replaces_it)
{
    struct err err = ERR_INIT;
    struct str text CLEANUP(str_free) = STR_INIT;
    struct claim_end end = {OUTCOME_HELD, "it \"broke\"\n", "", "warden", ""};
    unit_make_dir(dir);
    ck_assert_int_eq(claim_record(dir, 3, &end, &err), 0);
    end = (struct claim_end){OUTCOME_SWITCHED, "", "0/5000000", "worker", "[{\"phase\":\"hold\"}]"};
    ck_assert_int_eq(claim_record(dir, 3, &end, &err), 0);
    ck_assert_int_eq(claim_recorded(dir, 3, &text, &err), 0);
    ck_assert_str_eq(
        str_text(&text),
        "{\"attempt\":3,\"outcome\":\"switched\",\"reason\":\"\",\"position\":\"0/5000000\","
        "\"who\":\"worker\",\"timeline\":[{\"phase\":\"hold\"}]}");
    unit_remove_dir(dir);
}
END_TEST

UNIT_MAIN("guard claim", first_claim_decides_and_the_second_hears_it,
          claim_with_a_draft_made_before_is_the_same,
          two_processes_that_race_hear_the_same_decision_every_time,
          claim_that_cannot_be_written_is_an_error_and_no_decision,
          newest_attempt_is_the_highest_that_began,
          outcome_is_one_line_of_json_and_a_later_account_replaces_it)
