/*
 * Faults over fakes: every changing call of a migration fails once, before its effect or after it;
 * each time the end is that of the undisturbed run. The points come from the runs themselves, so a
 * new action joins by itself. Deaths of the runner are tried in tests/crash.
 */
#include "tests/story/story.h"
#include "tests/unit/unit.h"

/* How many changing calls an undisturbed run makes. */
static int count_calls(void)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    int calls = story.fake.calls;
    story_end(&story);
    return calls;
}

static void run_to_end(struct story *story)
{
    struct err err = ERR_INIT;
    for (int tries = 0; tries < 5; tries++) {
        err_clear(&err);
        if (story_run(story, &err) == 0)
            return;
    }
    ck_abort_msg("five runs did not bring it to its end: %s", err.text);
}

static void fail_each_call(enum err_code code, bool after_effect)
{
    int calls = count_calls();
    ck_assert_int_gt(calls, 15);
    for (int call = 1; call <= calls; call++) {
        struct story story;
        story_begin(&story, 0);
        story.fake.fail_call = call;
        story.fake.fail_code = code;
        story.fake.fail_after_effect = after_effect;
        run_to_end(&story);
        story_assert_clean_end(&story);
        story_assert_target_serves(&story);
        story_end(&story);
    }
}

START_TEST(every_call_that_fails_before_its_effect_ends_like_the_undisturbed_run)
{
    fail_each_call(ERR_REMOTE, false);
}
END_TEST

START_TEST(every_call_whose_answer_is_lost_ends_like_the_undisturbed_run)
{
    fail_each_call(ERR_UNREACHABLE, true);
}
END_TEST

UNIT_MAIN("faults over fakes",
          every_call_that_fails_before_its_effect_ends_like_the_undisturbed_run,
          every_call_whose_answer_is_lost_ends_like_the_undisturbed_run)
