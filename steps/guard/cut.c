/*
 * The critical section.
 *
 *   align → freeze → fence → prove → HOLD → clear → seal → drain → claim ── commit
 *                      └───────┴───────┴──────┴──────┴───────┴──────┤          │
 *                                                               call off       │
 *                                                 unfence → release ┘          │
 *                                         promote → switch → wait → release ───┘
 *
 * The source's door is closed before the hold: by then the proxy opens no new connection (freeze),
 * and those that it has are inside, so its clients do not notice, and closing and proving take
 * nothing of the pause. Who is inside is ended after the hold, when the proxy's own have left. A
 * proxy that cannot be frozen, because its entry has limits of its own, is held first: a login
 * that the closed door refused would cost clients their connections.
 */
#include "steps/guard/cut.h"

#include <stdio.h>
#include <string.h>

#include "steps/guard/blame.h"
#include "steps/guard/clear.h"
#include "steps/guard/console.h"
#include "steps/guard/fence.h"
#include "steps/guard/pact.h"
#include "steps/guard/tail.h"

enum {
    ALIGN_MS = 10000,   /* for the target to swallow at most one segment of padding */
    FREEZE_US = 500000, /* for logins of the proxy to end; its clients work on meanwhile */
    RESTORE_MS = 1000,  /* after the release, before the proxy's own settings hold again */
    SPARE_MS = 20,      /* of guard_ms is left to the worker for calling off by itself */
    SNAPSHOT_MS = 20,   /* a snapshot session that does not answer is given up */
    BLAME_MS = 1000,    /* for finding out who blocked; the clients do not wait for it */
};

static struct until until_claim(const struct cut *cut)
{
    int spare =
        cut->guard->plan.guard_ms >= 4 * SPARE_MS ? SPARE_MS : cut->guard->plan.guard_ms / 4;
    return (struct until){.at_us = cut->counting_us + (cut->guard->plan.guard_ms - spare) * 1000LL,
                          .leash = cut->leash};
}

/* A log that cannot be aligned costs milliseconds, not the attempt; but a target that is behind
 * does. */
static int align(struct cut *cut, struct err *err)
{
    struct until until = until_in_ms(ALIGN_MS, cut->leash);
    timeline_enter(&cut->timeline, PHASE_align);
    if (clear_forecast(&cut->links.source, &until, err) < 0)
        return -1;
    if (seal_align(&cut->seal, &cut->links, &until, err) < 0)
        return -1;
    return claim_draft(cut->guard->dir, CLAIM_COMMIT, err);
}

static int freeze(struct cut *cut, struct err *err)
{
    struct until until = until_in_ms(1000, cut->leash);
    timeline_enter(&cut->timeline, PHASE_freeze);
    return console_freeze(&cut->links.console, cut->guard->plan.database, FREEZE_US, &until,
                          &cut->frozen, err);
}

/* From here on the warden counts: a closed door must be opened again, and who is held let go,
   whoever dies. It is told before anything is done. */
static int begin_counting(struct cut *cut, struct err *err)
{
    if (cut->counting_us)
        return 0;
    cut->counting_us = until_now_us();
    return pact_say(cut->warden_fd, PACT_HOLD, err);
}

static int fence(struct cut *cut, struct err *err)
{
    if (begin_counting(cut, err) < 0)
        return -1;
    timeline_enter(&cut->timeline, PHASE_fence);
    cut->fencing = true;
    struct until until = until_claim(cut);
    if (fence_set(cut->guard, &cut->links.source, FENCE_CLOSED, &until, err) < 0)
        return -1;
    timeline_enter(&cut->timeline, PHASE_prove);
    return fence_prove(cut->guard, FENCE_CLOSED, &until, err);
}

static int hold(struct cut *cut, struct err *err)
{
    if (begin_counting(cut, err) < 0)
        return -1;
    timeline_enter(&cut->timeline, PHASE_hold);
    cut->timeline.zero_us = cut->timeline.began_us[PHASE_hold];
    struct until until = until_claim(cut);
    cut->held = cut->holding = true;
    if (console_pause_send(&cut->links.console, cut->guard->plan.database, &until, err) < 0)
        return -1;
    if (pgconn_collect(&cut->links.console, &until, err) < 0)
        return err->code == ERR_TIMEOUT
                   ? err_set(err, ERR_TIMEOUT,
                             "a transaction kept the proxy from holding '%s' for %d ms",
                             cut->guard->plan.database, cut->guard->plan.guard_ms)
                   : -1;
    cut->holding = false;
    return 0;
}

static int clear(struct cut *cut, struct err *err)
{
    struct until until = until_claim(cut);
    timeline_enter(&cut->timeline, PHASE_clear);
    if (clear_begin(&cut->links.source, &until, err) < 0)
        return -1;
    return clear_finish(&cut->links.source, &until, err);
}

static int drain(struct cut *cut, struct err *err)
{
    struct until until = until_claim(cut);
    timeline_enter(&cut->timeline, PHASE_seal);
    if (seal_now(&cut->seal, &cut->links.source, &until, err) < 0)
        return -1;
    timeline_enter(&cut->timeline, PHASE_drain);
    return seal_drain(&cut->seal, &cut->links.target, &until, err);
}

/* Snapshots are asked for before the claim and collected after it: they cost the clients nothing,
 * and are not worth an attempt. */
static void begin_snapshots(struct cut *cut)
{
    struct err ignored = ERR_INIT;
    struct until until = until_claim(cut);
    cut->exported = snapshots_send(&cut->snapshots, &until, &ignored) == 0;
}

static void collect_snapshots(struct cut *cut)
{
    struct err ignored = ERR_INIT;
    struct until until = until_in_ms(SNAPSHOT_MS, NULL);
    cut->exported = cut->exported && snapshots_collect(&cut->snapshots, &until, &ignored) == 0;
}

/* Returns 0 when commit is decided; −1 when it is not: err says why. */
static int claim(struct cut *cut, struct err *err)
{
    enum claim got = CLAIM_NONE;
    struct until until = until_claim(cut);
    timeline_enter(&cut->timeline, PHASE_claim);
    if (until_nap(&until, 0, "the decision was about to be claimed", err) < 0)
        return -1;
    begin_snapshots(cut);
    claim_note_position(cut->guard->dir, cut->guard->attempt, cut->seal.position);
    if (claim_decide(cut->guard->dir, cut->guard->attempt, CLAIM_COMMIT, &got, err) < 0)
        return -1;
    if (got != CLAIM_COMMIT)
        return err_set(err, ERR_TIMEOUT, "the guard called it off after %d ms",
                       cut->guard->plan.guard_ms);
    collect_snapshots(cut);
    return 0;
}

static int fence_and_hold(struct cut *cut, struct err *err)
{
    if (cut->frozen && fence(cut, err) < 0)
        return -1;
    if (hold(cut, err) < 0)
        return -1;
    return cut->frozen ? 0 : fence(cut, err);
}

static int before_the_decision(struct cut *cut, struct err *err)
{
    if (align(cut, err) < 0 || freeze(cut, err) < 0 || fence_and_hold(cut, err) < 0 ||
        clear(cut, err) < 0 || drain(cut, err) < 0)
        return -1;
    return claim(cut, err);
}

static void record(struct cut *cut, enum claim_outcome outcome)
{
    struct err err = ERR_INIT;
    struct str timeline CLEANUP(str_free) = STR_INIT;
    timeline_json(&cut->timeline, &timeline);
    struct claim_end end = {.outcome = outcome,
                            .reason = str_text(&cut->reason),
                            .position = cut->seal.position,
                            .who = "worker",
                            .timeline = str_text(&timeline)};
    if (claim_record(cut->guard->dir, cut->guard->attempt, &end, &err) < 0)
        fprintf(stderr, "ece-guard: %s\n", err.text);
}

static void tell_warden(struct cut *cut, enum pact_word word)
{
    struct err ignored = ERR_INIT;
    /* A warden that is gone has nothing more to do either. */
    if (pact_say(cut->warden_fd, word, &ignored) < 0)
        err_clear(&ignored);
}

/* The clients are served again: nothing presses any more. */
static void served(struct cut *cut)
{
    timeline_end(&cut->timeline);
    tell_warden(cut, PACT_SERVED);
}

static enum claim_outcome forward(struct cut *cut)
{
    struct err err = ERR_INIT;
    enum claim_outcome outcome = OUTCOME_SWITCHED;
    if (tail_forward(cut->guard, &cut->links, TAIL_OWN, &cut->timeline, &err) < 0) {
        outcome = OUTCOME_HELD;
        str_add(&cut->reason, err.text);
    }
    served(cut);
    record(cut, outcome);
    return outcome;
}

/* Who blocked is found out in two steps: which sessions, while the proxy still waits for them;
 * their names, after clients were let go. */
static void add_blame(struct cut *cut, const char *busy)
{
    struct err err = ERR_INIT;
    struct str name CLEANUP(str_free) = STR_INIT;
    struct until until = until_in_ms(BLAME_MS, NULL);
    if (busy[0] == '\0' || blame_name(&cut->links.source, busy, &name, &until, &err) < 0 ||
        name.len == 0)
        return;
    str_printf(&cut->reason, ": %s", str_text(&name));
}

/* The console whose PAUSE got no answer never gets one: from now on the spare is the console. */
static void take_spare_console(struct links *links)
{
    pgconn_close(&links->console);
    links->console = links->spare;
    links->spare = (struct pgconn){0};
}

/* The clients first; who kept them waiting after that. */
static int undo(struct cut *cut, struct err *err)
{
    struct err ignored = ERR_INIT;
    struct str busy CLEANUP(str_free) = STR_INIT;
    struct until until = until_in_ms(BLAME_MS, NULL);
    if (cut->holding) {
        if (blame_busy(cut->guard, &cut->links.spare, &busy, &until, &ignored) < 0)
            str_clear(&busy);
        take_spare_console(&cut->links);
        /* The sessions that the proxy still has go on at once; it opens no new ones before the door
           is open, as it stays frozen until the RELOAD behind that. */
        if (console_resume(&cut->links.console, cut->guard->plan.database, &until, &ignored) < 0)
            err_clear(&ignored);
    }
    int rc = cut->fencing ? tail_back(cut->guard, &cut->links, TAIL_OWN, err)
                          : tail_let_go(cut->guard, &cut->links, TAIL_OWN, err);
    served(cut);
    if (rc == 0)
        add_blame(cut, str_text(&busy));
    return rc;
}

/* Only this process ever claims commit. So it may undo before call-off is on disk, which would cost
   the clients two syncs; but a commit whose name is there, though its sync failed, binds us. */
static enum claim_outcome back(struct cut *cut, const struct err *why)
{
    struct err err = ERR_INIT;
    enum claim got = CLAIM_NONE;
    enum claim_outcome outcome = OUTCOME_RETURNED;
    timeline_enter(&cut->timeline, PHASE_call_off);
    str_add(&cut->reason, why->text);
    if (cut->counting_us)
        tell_warden(cut, PACT_BACK);
    if (claim_read(cut->guard->dir, cut->guard->attempt, &got, &err) == 0 && got == CLAIM_COMMIT)
        return forward(cut);
    err_clear(&err);
    if (undo(cut, &err) < 0) {
        outcome = OUTCOME_HELD;
        str_printf(&cut->reason, "; and back does not work either: %s", err.text);
    }
    err_clear(&err);
    if (claim_decide(cut->guard->dir, cut->guard->attempt, CLAIM_CALL_OFF, &got, &err) < 0)
        fprintf(stderr, "ece-guard: %s\n", err.text);
    cut->seal.position[0] = '\0';
    record(cut, outcome);
    return outcome;
}

/* The proxy's own settings hold again; not at once, as ours matter while its first logins run. */
static void restore_proxy(struct cut *cut)
{
    struct err err = ERR_INIT;
    struct until until = until_in_ms(RESTORE_MS * 3, NULL);
    if (until_nap(&until, RESTORE_MS * 1000LL, "before the proxy's settings are restored", &err) <
            0 ||
        links_console(cut->guard, &cut->links.console, &until, &err) < 0 ||
        console_restore(&cut->links.console, &until, &err) < 0)
        fprintf(stderr, "ece-guard: the proxy's settings are not restored: %s\n", err.text);
}

enum claim_outcome cut_run(struct cut *cut)
{
    struct err err = ERR_INIT;
    bool committed = before_the_decision(cut, &err) == 0;
    enum claim_outcome outcome = committed ? forward(cut) : back(cut, &err);
    restore_proxy(cut);
    tell_warden(cut, PACT_DONE);
    return outcome;
}

static int check_console(struct cut *cut, const struct until *until, struct err *err)
{
    struct console_entry entry;
    const char *database = cut->guard->plan.database;
    if (console_entry(&cut->links.console, database, until, &entry, err) < 0)
        return -1;
    if (!entry.found)
        return err_set(err, ERR_REFUSED, "the proxy has no database '%s'", database);
    if (entry.paused)
        return err_set(err, ERR_REFUSED, "the proxy's '%s' is paused already, and not by us",
                       database);
    return console_settings(&cut->links.console, until, err);
}

static int check_servers(struct cut *cut, const struct until *until, struct err *err)
{
    static const char sql[] = "SELECT pg_is_in_recovery()";
    if (pgconn_ask(&cut->links.source, sql, until, err) < 0 ||
        pgconn_ask(&cut->links.target, sql, until, err) < 0)
        return -1;
    if (strcmp(pgconn_cell(&cut->links.source, 0, 0), "f") != 0)
        return err_set(err, ERR_REFUSED, "the source is a standby itself");
    if (strcmp(pgconn_cell(&cut->links.target, 0, 0), "t") != 0)
        return err_set(err, ERR_REFUSED, "the target is no standby");
    return 0;
}

int cut_prepare(struct cut *cut, struct err *err)
{
    struct until until = until_in_ms(10000, cut->leash);
    if (links_open(cut->guard, &cut->links, &until, err) < 0 ||
        check_console(cut, &until, err) < 0 || check_servers(cut, &until, err) < 0)
        return -1;
    if (clear_prepare(&cut->links.source, &until, err) < 0 ||
        seal_prepare(&cut->seal, &cut->links.source, &until, err) < 0)
        return -1;
    return snapshots_open(cut->guard, &cut->snapshots, &until, err);
}

void cut_close(struct cut *cut)
{
    snapshots_close(&cut->snapshots);
    links_close(&cut->links);
    str_free(&cut->reason);
}
