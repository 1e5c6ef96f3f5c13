/*
 * Finish and see.
 */
#include "steps/guard/finish.h"

#include <stdio.h>
#include <string.h>

#include "steps/guard/claim.h"
#include "steps/guard/console.h"
#include "steps/guard/guard.h"
#include "steps/guard/keep.h"
#include "steps/guard/lock.h"
#include "steps/guard/note.h"
#include "steps/guard/tail.h"

enum {
    SEE_MS = 3000,
    RESTORE_US = 1000000,
};

static int fail(const struct err *err)
{
    printf("failed %s\n", err->text);
    return err_exit_status(err->code);
}

/* A guard that is at work ends within its promise, or, when the source or target are out of reach,
 * when it gives up. */
static int take_over(const char *dir, struct guard *guard, struct err *err)
{
    int fd = -1;
    int64_t attempt = 0;
    if (claim_newest(dir, &attempt, err) < 0)
        return -1;
    if (attempt == 0)
        return err_set(err, ERR_REFUSED, "no attempt has begun in '%s'", dir);
    if (guard_load(guard, dir, attempt, err) < 0)
        return -1;
    /* The lock's descriptor stays open until the process ends. */
    return lock_take(dir, guard->plan.max_stall_ms + TAIL_TRY_MS + 5000, &fd, err);
}

static void restore_proxy(const struct guard *guard, struct links *links)
{
    struct err ignored = ERR_INIT;
    struct until until = until_in_ms(SEE_MS, NULL);
    if (until_nap(&until, RESTORE_US, "before the proxy's settings are restored", &ignored) == 0 &&
        links_console(guard, &links->console, &until, &ignored) == 0 &&
        console_restore(&links->console, &until, &ignored) < 0)
        err_clear(&ignored);
}

/* Which sslmode the trial needs is not known here, and the source may be closed: require is tried
 * when disable is refused. */
static int go_back(struct guard *guard, struct links *links, struct err *err)
{
    if (tail_back(guard, links, TAIL_OF_THE_DEAD, err) == 0)
        return 0;
    guard->trial_sslmode = "require";
    err_clear(err);
    return tail_back(guard, links, TAIL_OF_THE_DEAD, err);
}

int finish_run(const char *dir)
{
    struct err err = ERR_INIT;
    struct guard guard CLEANUP(guard_unload) = {0};
    struct links links = {0};
    struct str position CLEANUP(str_free) = STR_INIT;
    enum claim got = CLAIM_NONE;
    if (take_over(dir, &guard, &err) < 0 ||
        claim_decide(dir, guard.attempt, CLAIM_CALL_OFF, &got, &err) < 0 ||
        claim_position(dir, guard.attempt, &position, &err) < 0)
        return fail(&err);
    bool commit = got == CLAIM_COMMIT;
    int rc = commit ? tail_forward(&guard, &links, TAIL_OF_THE_DEAD, NULL, &err)
                    : go_back(&guard, &links, &err);
    struct claim_end end = {.outcome = rc < 0   ? OUTCOME_HELD
                                       : commit ? OUTCOME_SWITCHED
                                                : OUTCOME_RETURNED,
                            .reason = rc < 0 ? err.text
                                      : commit
                                          ? ""
                                          : "the orchestrator came back and nothing was decided",
                            .position = commit ? str_text(&position) : "",
                            .who = "finish",
                            .timeline = ""};
    struct err late = ERR_INIT;
    if (claim_record(dir, guard.attempt, &end, &late) < 0)
        fprintf(stderr, "ece-guard: %s\n", late.text);
    if (commit && position.len > 0)
        printf("position %s\n", str_text(&position));
    printf("outcome %s %s\n", claim_outcome_name(end.outcome), end.reason);
    restore_proxy(&guard, &links);
    links_close(&links);
    if (rc == 0)
        keep_no_secret(guard.plan.id, &guard.secret);
    return 0;
}

static void see_proxy(const struct guard *guard, struct str *out)
{
    struct err err = ERR_INIT;
    struct pgconn console = {0};
    struct console_entry entry;
    struct until until = until_in_ms(SEE_MS, NULL);
    if (links_console(guard, &console, &until, &err) == 0 &&
        console_entry(&console, guard->plan.database, &until, &entry, &err) == 0) {
        note_member(out, "active_host", entry.host);
        note_member(out, "active_port", entry.port);
        note_member_raw(out, "paused", entry.paused ? "true" : "false");
    } else {
        note_member(out, "console_error", err.text);
    }
    pgconn_close(&console);
}

int finish_see(const char *dir)
{
    struct err err = ERR_INIT;
    struct guard guard CLEANUP(guard_unload) = {0};
    struct str out CLEANUP(str_free) = STR_INIT;
    struct str outcome CLEANUP(str_free) = STR_INIT;
    struct str way CLEANUP(str_free) = STR_INIT;
    int64_t attempt = 0;
    enum claim claim = CLAIM_NONE;
    if (claim_newest(dir, &attempt, &err) < 0 || claim_way(dir, attempt, &way, &err) < 0 ||
        claim_read(dir, attempt, &claim, &err) < 0 ||
        claim_recorded(dir, attempt, &outcome, &err) < 0)
        return fail(&err);
    str_add(&out, "{");
    note_member_i64(&out, "attempt", attempt);
    note_member(&out, "way", str_text(&way));
    note_member(&out, "decision", claim_name(claim));
    note_member_raw(&out, "outcome", str_text(&outcome));
    note_member_raw(&out, "alive", lock_is_held(dir) ? "true" : "false");
    if (guard_load(&guard, dir, attempt, &err) < 0)
        note_member(&out, "console_error", err.text);
    else
        see_proxy(&guard, &out);
    str_add(&out, "}");
    puts(str_text(&out));
    return 0;
}
