/*
 * Forward and back, tried again with new sessions until it holds or TAIL_TRY_MS are over.
 */
#include "steps/guard/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "steps/guard/console.h"
#include "steps/guard/fence.h"

enum {
    TRY_MS = 2000,          /* one attempt at it */
    PAUSE_US = 20000,       /* between two */
    ASK_AGAIN_US = 1000000, /* a request for promotion that had no effect */
};

static void enter(struct timeline *timeline, enum guard_phase phase)
{
    if (timeline)
        timeline_enter(timeline, phase);
}

/* The new configuration takes the live one's name. That it is gone means that this was done. */
static int rename_config(const struct guard *guard, struct err *err)
{
    const struct guard_plan *plan = &guard->plan;
    if (rename(plan->config_target, plan->config) < 0 && errno != ENOENT)
        return err_set_errno(err, ERR_INTERNAL, "cannot rename '%s' to '%s'", plan->config_target,
                             plan->config);
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", plan->config);
    int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    return 0;
}

/* *out is whether the target still recovers; when ask, it is asked to stop that, in the same round
 * trip. */
static int look_at_target(struct links *links, bool ask, bool *out, const struct until *until,
                          struct err *err)
{
    static const char look[] = "SELECT pg_is_in_recovery()";
    static const char promote[] =
        "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_promote(false) END";
    if (pgconn_ask(&links->target, ask ? promote : look, until, err) < 0)
        return -1;
    *out = strcmp(pgconn_cell(&links->target, 0, 0), "f") != 0;
    return 0;
}

static int await_primary(struct links *links, const struct until *until, struct err *err)
{
    int64_t asked_us = until_now_us();
    bool recovers = true;
    for (;;) {
        bool again = until_now_us() - asked_us > ASK_AGAIN_US;
        if (again)
            asked_us = until_now_us();
        if (look_at_target(links, again, &recovers, until, err) < 0)
            return -1;
        if (!recovers)
            return 0;
        if (until_nap(until, 300, "the target became a primary", err) < 0)
            return -1;
    }
}

static int release(const struct guard *guard, struct links *links, const struct until *until,
                   struct err *err)
{
    struct console_entry entry;
    if (links_console(guard, &links->console, until, err) < 0 ||
        console_resume(&links->console, guard->plan.database, until, err) < 0)
        return -1;
    if (console_entry(&links->console, guard->plan.database, until, &entry, err) < 0)
        return -1;
    if (entry.paused)
        return err_set(err, ERR_DATABASE, "the proxy's '%s' is paused again", guard->plan.database);
    return 0;
}

/* What one try has reached stays: the next goes on from there. */
struct tail {
    const struct guard *guard;
    struct links *links;
    struct timeline *timeline;
    enum tail_whose whose;
};

/* The console reads its file again, with what a release needs on top. */
static int reload(struct tail *tail, const struct until *until, struct err *err)
{
    struct pgconn *console = &tail->links->console;
    if (links_console(tail->guard, console, until, err) < 0)
        return -1;
    return console_reload(console, until, err);
}

static int forward_once(struct tail *tail, const struct until *until, struct err *err)
{
    bool recovers = true;
    enter(tail->timeline, PHASE_promote);
    if (links_target(tail->guard, tail->links, until, err) < 0 ||
        look_at_target(tail->links, true, &recovers, until, err) < 0)
        return -1;
    enter(tail->timeline, PHASE_switch);
    if (rename_config(tail->guard, err) < 0 || reload(tail, until, err) < 0)
        return -1;
    enter(tail->timeline, PHASE_wait);
    if (recovers && await_primary(tail->links, until, err) < 0)
        return -1;
    enter(tail->timeline, PHASE_release);
    return release(tail->guard, tail->links, until, err);
}

/* Ends every other session of the guard at the source and waits until they are gone. */
static int end_others(struct pgconn *source, const struct until *until, struct err *err)
{
    static const char sql[] =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND usename = current_user AND application_name = 'ece-guard'";
    for (;;) {
        if (pgconn_ask(source, sql, until, err) < 0)
            return -1;
        if (pgconn_rows(source) == 0)
            return 0;
        if (until_nap(until, 300, "other sessions of the guard end", err) < 0)
            return -1;
    }
}

static int back_once(struct tail *tail, const struct until *until, struct err *err)
{
    if (links_source(tail->guard, tail->links, until, err) < 0)
        return -1;
    if (tail->whose == TAIL_OF_THE_DEAD && end_others(&tail->links->source, until, err) < 0)
        return -1;
    if (fence_set(tail->guard, &tail->links->source, FENCE_OPEN, until, err) < 0 ||
        fence_prove(tail->guard, FENCE_OPEN, until, err) < 0)
        return -1;
    if (reload(tail, until, err) < 0)
        return -1;
    return release(tail->guard, tail->links, until, err);
}

static int let_go_once(struct tail *tail, const struct until *until, struct err *err)
{
    if (reload(tail, until, err) < 0)
        return -1;
    return release(tail->guard, tail->links, until, err);
}

typedef int tail_once(struct tail *tail, const struct until *until, struct err *err);

/* A statement that was cut off by its deadline leaves its session unusable: all sessions but the
 * spare are opened again for the next try. */
static int insist(tail_once *once, struct tail *tail, struct err *err)
{
    int64_t end_us = until_now_us() + (int64_t)TAIL_TRY_MS * 1000;
    for (;;) {
        struct until until = until_in_ms(TRY_MS, NULL);
        if (once(tail, &until, err) == 0)
            return 0;
        if (until_now_us() > end_us) {
            err->code = ERR_HELD;
            return err_add(err, "both sides are closed and it was tried for %d s",
                           TAIL_TRY_MS / 1000);
        }
        pgconn_close(&tail->links->console);
        pgconn_close(&tail->links->source);
        pgconn_close(&tail->links->target);
        struct err nap = ERR_INIT;
        until = until_in_ms(TRY_MS, NULL);
        if (until_nap(&until, PAUSE_US, "before the next try", &nap) < 0)
            err_clear(&nap);
        err_clear(err);
        tail->whose = TAIL_OF_THE_DEAD;
    }
}

int tail_forward(const struct guard *guard, struct links *links, enum tail_whose whose,
                 struct timeline *timeline, struct err *err)
{
    struct tail tail = {.guard = guard, .links = links, .whose = whose, .timeline = timeline};
    return insist(forward_once, &tail, err);
}

int tail_back(const struct guard *guard, struct links *links, enum tail_whose whose,
              struct err *err)
{
    struct tail tail = {.guard = guard, .links = links, .whose = whose};
    return insist(back_once, &tail, err);
}

int tail_let_go(const struct guard *guard, struct links *links, enum tail_whose whose,
                struct err *err)
{
    struct tail tail = {.guard = guard, .links = links, .whose = whose};
    return insist(let_go_once, &tail, err);
}
