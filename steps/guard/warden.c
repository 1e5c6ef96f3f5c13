/*
 * Watches; and acts at most twice: at the deadline, and when the worker dies after that.
 *
 *   hold began ── guard_ms ──→ claims call-off ── won ──→ the worker is killed, back
 *        │                                     └─ lost ─→ forward, beside the worker
 *        └── worker died ────→ claims call-off ── won ──→ back
 *                                              └─ lost ─→ obeys: forward, or back
 */
#include "steps/guard/warden.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "steps/guard/claim.h"
#include "steps/guard/clear.h"
#include "steps/guard/console.h"
#include "steps/guard/fence.h"
#include "steps/guard/keep.h"
#include "steps/guard/pact.h"
#include "steps/guard/tail.h"

enum {
    OPEN_MS = 9000,   /* for its own connections */
    SETTLE_MS = 50,   /* after which a last PAUSE of the dead worker has been read by the proxy */
    RESTORE_MS = 300, /* before the proxy's own settings hold again */
    DEATH_MS = 1000,  /* for a killed worker to be gone */
    HANG_MS = 3000,   /* for a worker that hangs while we did its work */
    FINISH_MS = 50,   /* for a worker that is about to say that it is done */
};

struct warden {
    struct guard *guard;
    struct links links;
    pid_t worker;
    int pact_in;
    int64_t hold_us; /* when the hold began; 0: not yet */
    bool worker_gone;
};

enum heard { HEARD_HOLD, HEARD_BACK, HEARD_SERVED, HEARD_DONE, HEARD_DEATH, HEARD_NOTHING };

/* Hears one message, until at_us (−1: for ever). */
static enum heard hear(struct warden *warden, int64_t at_us)
{
    struct pact_message message;
    int n = pact_hear(warden->pact_in, at_us, &message);
    if (n == 0)
        return HEARD_NOTHING;
    if (n < 0) {
        warden->worker_gone = true;
        return HEARD_DEATH;
    }
    if (message.word == PACT_HOLD)
        warden->hold_us = message.at_us;
    return message.word == PACT_HOLD     ? HEARD_HOLD
           : message.word == PACT_BACK   ? HEARD_BACK
           : message.word == PACT_SERVED ? HEARD_SERVED
                                         : HEARD_DONE;
}

static void record(const struct warden *warden, enum claim_outcome outcome, const char *reason,
                   const char *position)
{
    struct err err = ERR_INIT;
    struct claim_end end = {.outcome = outcome,
                            .reason = reason,
                            .position = position,
                            .who = "warden",
                            .timeline = ""};
    if (claim_record(warden->guard->dir, warden->guard->attempt, &end, &err) < 0)
        err_clear(&err);
}

/* A worker that was late must not wake up and go on: undoing has one hand. Only the warden's own
 * parent is killed. */
static void end_worker(struct warden *warden)
{
    if (warden->worker_gone || getppid() != warden->worker)
        return;
    kill(warden->worker, SIGKILL);
    int64_t end_us = until_now_us() + DEATH_MS * 1000LL;
    while (!warden->worker_gone && hear(warden, end_us) != HEARD_NOTHING)
        continue;
}

static void go_back(struct warden *warden, const char *why)
{
    struct err err = ERR_INIT;
    end_worker(warden);
    bool back = tail_back(warden->guard, &warden->links, TAIL_OF_THE_DEAD, &err) == 0;
    struct until until = until_in_ms(SETTLE_MS * 2, NULL);
    struct err late = ERR_INIT;
    if (back && until_nap(&until, SETTLE_MS * 1000, "the proxy settles", &late) == 0)
        back = tail_let_go(warden->guard, &warden->links, TAIL_OF_THE_DEAD, &err) == 0;
    record(warden, back ? OUTCOME_RETURNED : OUTCOME_HELD, back ? why : err.text, "");
}

static void go_forward(struct warden *warden)
{
    struct err err = ERR_INIT, late = ERR_INIT;
    struct str position CLEANUP(str_free) = STR_INIT;
    bool forward = tail_forward(warden->guard, &warden->links, TAIL_OF_THE_DEAD, NULL, &err) == 0;
    if (claim_position(warden->guard->dir, warden->guard->attempt, &position, &late) < 0)
        str_clear(&position);
    record(warden, forward ? OUTCOME_SWITCHED : OUTCOME_HELD, forward ? "" : err.text,
           str_text(&position));
}

/* A worker that decided call-off had let the clients go before it wrote that down: it gets a little
 * time to say so. */
static bool worker_finishes(struct warden *warden)
{
    int64_t at_us = until_now_us() + FINISH_MS * 1000LL;
    while (!warden->worker_gone) {
        enum heard heard = hear(warden, at_us);
        if (heard == HEARD_DONE || heard == HEARD_SERVED)
            return true;
        if (heard == HEARD_NOTHING)
            return false;
    }
    return false;
}

/* Decides and acts. why is the reason on record when it goes back. Returns true when the worker
 * turned out to have done it. */
static bool act(struct warden *warden, const char *why)
{
    struct err err = ERR_INIT;
    enum claim got = CLAIM_NONE, before = CLAIM_NONE;
    const struct guard *guard = warden->guard;
    if (claim_read(guard->dir, guard->attempt, &before, &err) < 0 ||
        claim_decide(guard->dir, guard->attempt, CLAIM_CALL_OFF, &got, &err) < 0)
        err_clear(&err);
    if (before == CLAIM_CALL_OFF && worker_finishes(warden))
        return true;
    if (claim_read(guard->dir, guard->attempt, &got, &err) < 0)
        err_clear(&err);
    if (got == CLAIM_COMMIT)
        go_forward(warden);
    else
        go_back(warden, why);
    return false;
}

/* The proxy's own settings hold again; but not at once, as ours matter while its first logins
   run. */
static void restore_proxy(struct warden *warden)
{
    struct err ignored = ERR_INIT;
    struct until until = until_in_ms(RESTORE_MS + 2000, NULL);
    if (until_nap(&until, RESTORE_MS * 1000LL, "before the proxy's settings are restored",
                  &ignored) == 0 &&
        links_console(warden->guard, &warden->links.console, &until, &ignored) == 0 &&
        console_restore(&warden->links.console, &until, &ignored) < 0)
        err_clear(&ignored);
}

/* A worker that lives on after we acted ends with a word. One that dies may have left something:
   that is put right once more. One that hangs is killed, and then it has died. */
static void see_worker_off(struct warden *warden, const char *why)
{
    if (warden->worker_gone)
        return;
    int64_t at_us = until_now_us() + HANG_MS * 1000LL;
    enum heard heard = hear(warden, at_us);
    while (heard != HEARD_DONE && heard != HEARD_DEATH && heard != HEARD_NOTHING)
        heard = hear(warden, at_us);
    if (heard == HEARD_NOTHING)
        end_worker(warden);
    if (heard != HEARD_DONE)
        act(warden, why);
}

/* The worker died or is late: the clients' wait is ended in its stead. */
static void end_the_wait(struct warden *warden, enum heard heard)
{
    char late[96];
    snprintf(late, sizeof(late), "the guard called it off after %d ms",
             warden->guard->plan.guard_ms);
    if (!act(warden, heard == HEARD_DEATH ? "the guard's worker died in the hold" : late))
        see_worker_off(warden, late);
}

static void watch(struct warden *warden)
{
    const struct guard_plan *plan = &warden->guard->plan;
    enum heard heard = hear(warden, -1);
    if (heard == HEARD_HOLD)
        heard = hear(warden, warden->hold_us + plan->guard_ms * 1000LL);
    if (heard == HEARD_BACK)
        heard = hear(warden, warden->hold_us + (plan->guard_ms + plan->max_stall_ms) * 500LL);
    if (heard == HEARD_SERVED)
        heard = hear(warden, until_now_us() + HANG_MS * 1000LL);
    else if (heard != HEARD_DONE && warden->hold_us > 0)
        end_the_wait(warden, heard);
    if (heard != HEARD_DONE)
        restore_proxy(warden);
}

/* Its own connections, warm: the statements that it may need were run once. */
static int prepare(struct warden *warden, struct err *err)
{
    struct until until = until_in_ms(OPEN_MS, NULL);
    struct console_entry entry;
    if (links_open(warden->guard, &warden->links, &until, err) < 0 ||
        fence_rehearse(warden->guard, &until, err) < 0)
        return -1;
    if (pgconn_ask(&warden->links.target, "SELECT pg_is_in_recovery()", &until, err) < 0)
        return -1;
    return console_entry(&warden->links.console, warden->guard->plan.database, &until, &entry, err);
}

int warden_run(struct guard *guard, pid_t worker, int pact_in, int pact_out)
{
    struct err err = ERR_INIT;
    struct warden warden = {.guard = guard, .worker = worker, .pact_in = pact_in};
    if (prepare(&warden, &err) < 0 || pact_say(pact_out, PACT_READY, &err) < 0) {
        fprintf(stderr, "ece-guard: warden: %s\n", err.text);
        links_close(&warden.links);
        return err_exit_status(err.code);
    }
    /* The ssh session that started us may end: nothing of it is held on to. */
    close(STDERR_FILENO);
    watch(&warden);
    links_close(&warden.links);
    if (warden.worker_gone)
        keep_no_secret(guard->plan.id, &guard->secret);
    return 0;
}
