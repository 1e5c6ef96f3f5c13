/*
 * Faults over fakes: every changing call of a migration fails once, before its effect or after it;
 * each time the end is that of the undisturbed run. Also of a migration that keeps a rollback
 * window until somebody ends it, and of one that is rolled back in it. The calls come from the runs
 * themselves, so a new action joins by itself. What dies at every moment is tests/crash's.
 */
#include <stdlib.h>
#include <string.h>

#include "state/request.h"
#include "tests/story/story.h"
#include "tests/unit/unit.h"

/* What the migration is, and what is asked for when its old source follows. */
struct plot {
    int window_h;
    enum request_kind asked;
};
static const struct plot moved = {0, REQUEST_APPROVE};
static const struct plot kept = {1, REQUEST_END_WINDOW};
static const struct plot rolled_back = {1, REQUEST_ROLLBACK};

/* Asks once, whoever lives to see the moment. */
static void ask_once(struct story *story, const struct plot *plot, const char *action,
                     enum runner_moment moment)
{
    struct err err = ERR_INIT;
    struct request *request = NULL;
    size_t len = 0;
    if (plot->window_h == 0 || strcmp(action, "follow-back") != 0 || moment != MOMENT_AFTER_OUTCOME)
        return;
    ck_assert_int_eq(
        request_read(story->store, story->spec->id, story->arena, &request, &len, &err), 0);
    for (size_t i = 0; i < len; i++)
        if (request[i].kind == plot->asked)
            return;
    if (plot->asked == REQUEST_ROLLBACK)
        story_rollback(story, "anna");
    else
        story_end_window(story, "anna");
}

struct asking {
    struct story *story;
    const struct plot *plot;
    int moments, calls;
    int first_call; /* of the window; 0: there was none */
};

static void ask_then(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    struct asking *asking = arg;
    asking->moments++;
    if (asking->first_call == 0 && strcmp(action, "grant-back") == 0)
        asking->first_call = asking->story->fake.calls + 1;
    ask_once(asking->story, asking->plot, action, moment);
}

static int run_asking(struct story *story, struct asking *asking, struct err *err)
{
    story->hook = ask_then;
    story->hook_arg = asking;
    int result = story_run(story, err);
    return result < 0 && err->code == ERR_ABORTED ? 0 : result;
}

static void run_to_end(struct story *story, const struct plot *plot)
{
    struct err err = ERR_INIT;
    struct asking asking = {.story = story, .plot = plot};
    for (int tries = 0; tries < 5; tries++) {
        err_clear(&err);
        /* An action whose effect holds is not repeated, so its cue may have been missed. */
        if (fake_follows_back(&story->fake))
            ask_once(story, plot, "follow-back", MOMENT_AFTER_OUTCOME);
        if (run_asking(story, &asking, &err) == 0)
            return;
    }
    ck_abort_msg("five runs did not bring it to its end: %s", err.text);
}

static void assert_end(struct story *story, const struct plot *plot)
{
    story_assert_clean_end(story);
    if (plot->asked == REQUEST_ROLLBACK)
        story_assert_rolled_back(story);
    else
        story_assert_target_serves(story);
}

/* An undisturbed run: how many changing calls and moments it has, and where those of the window
 * begin: a migration with a window is until then one without. */
static struct asking count(const struct plot *plot)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, plot->window_h);
    struct asking asking = {.story = &story, .plot = plot};
    ck_assert_msg(run_asking(&story, &asking, &err) == 0, "%s", err.text);
    assert_end(&story, plot);
    asking.calls = story.fake.calls;
    story_end(&story);
    ck_assert(plot->window_h == 0 || asking.first_call > 0);
    return asking;
}

static void fail_each_call(const struct plot *plot, enum err_code code, bool after_effect,
                           int at_least)
{
    struct asking run = count(plot);
    int first = run.first_call > 0 ? run.first_call : 1;
    ck_assert_int_ge(run.calls - first, at_least);
    for (int call = first; call <= run.calls; call++) {
        struct story story;
        story_begin_window(&story, 0, plot->window_h);
        story.fake.fail_call = call;
        story.fake.fail_code = code;
        story.fake.fail_after_effect = after_effect;
        run_to_end(&story, plot);
        assert_end(&story, plot);
        story_end(&story);
    }
}

START_TEST(every_call_that_fails_before_its_effect_ends_like_the_undisturbed_run)
{
    fail_each_call(&moved, ERR_REMOTE, false, 15);
    fail_each_call(&kept, ERR_REMOTE, false, 6);
    fail_each_call(&rolled_back, ERR_REMOTE, false, 15);
}
END_TEST

START_TEST(every_call_whose_answer_is_lost_ends_like_the_undisturbed_run)
{
    fail_each_call(&moved, ERR_UNREACHABLE, true, 15);
    fail_each_call(&kept, ERR_UNREACHABLE, true, 6);
    fail_each_call(&rolled_back, ERR_UNREACHABLE, true, 15);
}
END_TEST

UNIT_MAIN("faults over fakes",
          every_call_that_fails_before_its_effect_ends_like_the_undisturbed_run,
          every_call_whose_answer_is_lost_ends_like_the_undisturbed_run)
