/*
 * The fake world with a door in front of every slot of every port. Whoever stands at the door may
 * fail a call before its effect or after it, lock the world, count, or end the process there. The
 * world itself may lie in memory that several processes share; the door belongs to one process.
 *
 * Besides, the world keeps what the real drivers refuse and the plain fake does not look at (a
 * promoted target is never abandoned, an open source is never retired), and its cut can break in
 * the middle, with the guard's warden alive or dead.
 */
#ifndef TESTS_CRASH_SHAKY_H
#define TESTS_CRASH_SHAKY_H

#include "tests/fake/fake.h"

/* Where an attempt may break off. */
enum shaky_break {
    SHAKY_WHOLE,
    SHAKY_HELD,       /* clients held, source fenced, nothing decided */
    SHAKY_CALLED_OFF, /* the warden claimed call-off; nothing was undone yet */
    SHAKY_COMMITTED,  /* the worker claimed commit; nothing was promoted yet */
    SHAKY_PROMOTED,   /* … promoted; the proxy still points at the source */
    SHAKY_BREAKS,
};

struct shaky {
    struct fake fake; /* first: the fake's ports find the world by their own place in it */
    enum shaky_break break_cut; /* the next cut breaks off there */
    bool warden;                /* … and the warden lives: it ends the attempt after guard_us */
    int64_t guard_us;
    int64_t warden_due_us; /* when it will; 0: nothing to do */
    int64_t held_since_us; /* 0: nobody is held */
    int64_t stall_max_us;  /* the longest wait of clients that the warden watched over */
    int refused;           /* calls that the real drivers would have refused */
};

/* A fresh world behind doors. */
void shaky_init(struct shaky *world);

/* Who stands at the doors of this process. NULL slots let everything pass. */
struct shaky_door {
    /* changes: not a probe. Returns -1 with err set: the call fails without effect. */
    int (*enter)(void *arg, const char *slot, bool changes, struct err *err);
    /* Always called after enter has let a call in. ok: the call itself succeeded. Returns -1 with
     * err set: its answer is lost. */
    int (*leave)(void *arg, const char *slot, bool changes, bool ok, struct err *err);
    void *arg;
};
void shaky_set_door(const struct shaky_door *door); /* NULL: none */

/* Lets the warden do what is due by now. */
void shaky_settle(struct shaky *world);

/* The name of a slot of the fake that has no door, or NULL: a new slot must get one. */
const char *shaky_without_door(void);

#endif
