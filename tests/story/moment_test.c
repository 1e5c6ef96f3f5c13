/*
 * What holds at single moments of a migration: what is on record before and after an effect, and
 * what a person can still ask for in the very moment of the decision.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "state/journal.h"
#include "tests/story/story.h"
#include "tests/unit/unit.h"

/* The newest row but remote calls, as another process reads it from the disk. */
static struct journal_entry newest(const struct story *story, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct store *store = NULL;
    struct journal_rows rows = {0};
    const struct journal_filter filter = {.limit = 1, .without_io = true};
    ck_assert_msg(store_open(&store, story->dir, STORE_READ, clock_real(), &err) == 0, "%s",
                  err.text);
    ck_assert_msg(journal_read(store, story->spec->id, &filter, arena, &rows, &err) == 0, "%s",
                  err.text);
    store_close(store);
    ck_assert_uint_eq(rows.len, 1);
    return rows.row[0].entry;
}

static void check_record(void *arg, const char *phase, const char *action,
                         enum runner_moment moment)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct journal_entry entry = newest(arg, arena);
    bool ours = str_equal(entry.phase, phase) && str_equal(entry.action, action);
    switch (moment) {
    case MOMENT_BEFORE_INTENT:
        ck_assert_msg(!ours || entry.kind != JOURNAL_INTENT, "'%s' has an intent too early",
                      action);
        return;
    case MOMENT_AFTER_INTENT:
    case MOMENT_AFTER_EFFECT:
        ck_assert_msg(ours && entry.kind == JOURNAL_INTENT,
                      "'%s' has no intent on disk when its effect begins", action);
        return;
    case MOMENT_AFTER_OUTCOME:
        ck_assert_msg(ours && entry.kind == JOURNAL_OUTCOME, "'%s' has no outcome on disk", action);
        return;
    }
}

START_TEST(every_effect_has_its_intent_on_disk_before_it_and_its_outcome_after_it)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.hook = check_record;
    story.hook_arg = &story;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_clean_end(&story);
    story_end(&story);
}
END_TEST

static void abort_at_the_cut(void *arg, const char *phase, const char *action,
                             enum runner_moment moment)
{
    if (moment == MOMENT_AFTER_EFFECT && str_equal(phase, "cutover") && str_equal(action, "cut"))
        story_abort(arg, "anna");
}

START_TEST(an_abort_in_the_moment_after_the_switch_comes_too_late_and_is_refused)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.hook = abort_at_the_cut;
    story.hook_arg = &story;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(story_journal(&story), "orders - request refused\n"));
    ck_assert_str_eq(story_stand(&story), "network done, orders done");
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

/* The word to stop comes while an action runs. */
static void stop_at_the_copy(void *arg, const char *phase, const char *action,
                             enum runner_moment moment)
{
    struct story *story = arg;
    if (moment == MOMENT_AFTER_EFFECT && str_equal(phase, "seed") && str_equal(action, "copy"))
        story->stop = 1;
}

START_TEST(a_runner_that_is_told_to_stop_ends_between_two_actions_and_is_taken_up_again)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.hook = stop_at_the_copy;
    story.hook_arg = &story;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_INTERRUPTED);
    ck_assert_ptr_nonnull(strstr(story_journal(&story), "seed outcome copy tdb done\n"));
    story.stop = 0;
    story.hook = NULL;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

UNIT_MAIN("single moments", every_effect_has_its_intent_on_disk_before_it_and_its_outcome_after_it,
          an_abort_in_the_moment_after_the_switch_comes_too_late_and_is_refused,
          a_runner_that_is_told_to_stop_ends_between_two_actions_and_is_taken_up_again)
