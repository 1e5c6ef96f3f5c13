/*
 * A story: a whole migration over fakes, in a state directory of its own, whose journal is then
 * compared with the text in the test. Runs may be cut short and taken up again, as in life.
 */
#ifndef TESTS_STORY_STORY_H
#define TESTS_STORY_STORY_H

#include "orchestrator/runner.h"
#include "tests/fake/fake.h"

struct story {
    struct fake fake;
    struct spec *spec;
    char dir[64];
    struct store *store;
    struct arena *arena;
    enum runner_gate gate;
    runner_hook *hook;
    void *hook_arg;
    volatile sig_atomic_t stop;
    runner_watch *watch; /* may be NULL */
    void *watch_arg;
};

void story_begin(struct story *story, int approvals);
/* The same with a rollback window of so many hours. */
void story_begin_window(struct story *story, int approvals, int window_h);
void story_end(struct story *story);

/* One run of the runner, from taking the lease to giving it back. 0 done, -1 with the error. */
int story_run(struct story *story, struct err *err);

/* A person asks. */
void story_approve(struct story *story, const char *who);
void story_abort(struct story *story, const char *who);
void story_rollback(struct story *story, const char *who);
void story_end_window(struct story *story, const char *who);

/* The journal without remote calls: "track phase kind action object result", a line each; in the
 * story's arena. */
const char *story_journal(struct story *story);

/* All that the journal's rows say, a line each; in the story's arena. */
const char *story_said(struct story *story);

/* Fails the test at the first line in which the journal is not as expected. */
void story_assert_journal(struct story *story, const char *expected);

/* Where the tracks stand: "network done, orders done". */
const char *story_stand(struct story *story);

/* Fails the test unless the chain verifies, no two sides were ever writable, and nothing of ours is
 * left anywhere. */
void story_assert_clean_end(struct story *story);
/* … and the source serves as before, or the target serves. */
void story_assert_source_as_before(struct story *story);
void story_assert_target_serves(struct story *story);
/* … or the source serves again, with all that clients wrote at the target. */
void story_assert_rolled_back(struct story *story);

#endif
