/*
 * A whole migration over fakes as one process lives it: open the state file or make it, take the
 * lease, note heads, run, close. All it touches on disk is below one directory: BASE/state and
 * BASE/anchors. What it was told to be on disk is remembered, to be looked for afterwards.
 */
#ifndef TESTS_DISK_MOVE_H
#define TESTS_DISK_MOVE_H

#include "orchestrator/runner.h"
#include "state/anchor.h"
#include "tests/fake/fake.h"

struct move {
    struct fake fake;
    struct spec *spec;
    char base[48], state[64], anchors[64];
    struct store *store; /* while it runs */
    struct anchor *anchor;
    struct anchor_head acked;                  /* the newest row that a commit acknowledged */
    int64_t rows_acked;                        /* how many commits were acknowledged */
    void (*ack)(const void *head, size_t len); /* told of each; disk_ack, or NULL */
    runner_hook *hook;
    void *hook_arg;
};

/* A fresh world and an empty directory in memory. */
void move_init(struct move *move);
void move_free(struct move *move); /* with the directory */

/* One process's life, to the end of the migration or to an error. */
int move_run(struct move *move, struct err *err);

/* A process that is killed at its n-th moment (before an intent, after it, …); the world goes on
 * from there. Fails when it ends before. */
void move_run_until(struct move *move, int at);

/* Fails unless the migration is done, the journal holds what was acknowledged, and the world is as
 * an undisturbed run leaves it. */
void move_assert_done(struct move *move);

/* Whether a state directory can be gone on with, and holds at least what was acknowledged. Errors:
 * what is wrong. */
int move_check(const char *state, const char *anchors, const struct anchor_head *acked,
               struct err *err);

/* Where its journal ends, on disk. */
struct anchor_head move_head(const struct move *move);

void move_remove_dir(const char *dir); /* with what is below it */

#endif
