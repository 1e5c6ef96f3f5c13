/*
 * Faults over fakes: every changing call of a migration fails once, before its effect or after it,
 * and the runner is killed at every moment of every action; each time the end is that of the
 * undisturbed run. The points come from the runs themselves, so a new action joins by itself.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* A kill: a child runs until that very moment and is gone; the world it leaves is handed back
   through shared memory, and what the store holds is all that anybody remembers. */
struct kill {
    int at, seen;
    struct fake *fake;
    struct fake *shared;
};

static void kill_at(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    (void)action;
    (void)moment;
    struct kill *kill = arg;
    if (++kill->seen != kill->at)
        return;
    *kill->shared = *kill->fake;
    /* The guard hears that its orchestrator is gone. */
    kill->shared->proxy.guard = false;
    (void)!raise(SIGKILL);
}

static void run_until_killed(struct story *story, int at)
{
    struct err err = ERR_INIT;
    struct fake *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    store_close(story->store);
    story->store = NULL;
    pid_t child = fork();
    if (child == 0) {
        struct kill kill = {.at = at, .fake = &story->fake, .shared = shared};
        story->hook = kill_at;
        story->hook_arg = &kill;
        if (store_open(&story->store, story->dir, STORE_WRITE, fake_clock(&story->fake), &err) == 0)
            (void)!story_run(story, &err);
        _exit(1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct str told = story->fake.story;
    story->fake = *shared;
    story->fake.story = told;
    ck_assert_int_eq(munmap(shared, sizeof(*shared)), 0);
    ck_assert_msg(
        store_open(&story->store, story->dir, STORE_WRITE, fake_clock(&story->fake), &err) == 0,
        "%s", err.text);
}

static void count(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    (void)action;
    (void)moment;
    ++*(int *)arg;
}

static int count_moments(void)
{
    struct story story;
    struct err err = ERR_INIT;
    int moments = 0;
    story_begin(&story, 0);
    story.hook = count;
    story.hook_arg = &moments;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_end(&story);
    return moments;
}

START_TEST(a_kill_at_every_moment_of_every_action_ends_like_the_undisturbed_run)
{
    int moments = count_moments();
    ck_assert_int_gt(moments, 80);
    for (int at = 1; at <= moments; at++) {
        struct story story;
        story_begin(&story, 0);
        run_until_killed(&story, at);
        run_to_end(&story);
        story_assert_clean_end(&story);
        story_assert_target_serves(&story);
        story_end(&story);
    }
}
END_TEST

UNIT_MAIN("faults over fakes",
          every_call_that_fails_before_its_effect_ends_like_the_undisturbed_run,
          every_call_whose_answer_is_lost_ends_like_the_undisturbed_run,
          a_kill_at_every_moment_of_every_action_ends_like_the_undisturbed_run)
