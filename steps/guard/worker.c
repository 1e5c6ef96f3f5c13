/*
 * Takes lines, runs the cut, tells how it went, and keeps the snapshots until it is let go.
 */
#include "steps/guard/worker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "steps/guard/console.h"
#include "steps/guard/cut.h"
#include "steps/guard/fence.h"
#include "steps/guard/keep.h"
#include "steps/guard/pact.h"

enum {
    WARDEN_MS = 10000, /* for the warden to open its connections */
    RESTORE_MS = 2000, /* for the console to read its file again */
    DAY_MS = 86400000, /* longer than anybody keeps snapshots; then the worker looks again */
};

/* Standard output may be a dead ssh session's: what cannot be said is on record in the directory
 * anyway. */
static void say(const char *text)
{
    size_t len = strlen(text);
    for (ssize_t n = 1; len > 0 && n > 0; text += n, len -= (size_t)n)
        n = write(STDOUT_FILENO, text, len);
}

static int fail(const struct err *err)
{
    struct str line CLEANUP(str_free) = STR_INIT;
    str_printf(&line, "failed %s\n", err->text);
    say(str_text(&line));
    return err_exit_status(err->code);
}

static void tell(const struct cut *cut, enum claim_outcome outcome)
{
    struct str text CLEANUP(str_free) = STR_INIT;
    timeline_lines(&cut->timeline, &text);
    if (outcome == OUTCOME_SWITCHED && cut->exported)
        snapshots_lines(&cut->snapshots, &text);
    if (cut->seal.position[0])
        str_printf(&text, "position %s\n", cut->seal.position);
    str_printf(&text, "outcome %s %s\n", claim_outcome_name(outcome), str_text(&cut->reason));
    say(str_text(&text));
}

/* Waits for a line. False when the orchestrator is gone. */
static bool hear(struct leash *leash, char *line, size_t size)
{
    while (!leash_line(leash, line, size)) {
        struct err err = ERR_INIT;
        struct until until = until_in_ms(DAY_MS, leash);
        if (leash->gone)
            return false;
        struct pollfd fds[2];
        leash_watch(leash, fds);
        if (until_ready(&until, fds[0].fd, POLLIN, "orders are awaited", &err) < 0 &&
            err.code != ERR_TIMEOUT)
            return false;
        leash_pull(leash);
    }
    return true;
}

/* The warden is there with connections of its own, or nobody would end a hold if we died. */
static int await_warden(int pact_in, struct err *err)
{
    struct pact_message message;
    if (pact_hear(pact_in, until_now_us() + WARDEN_MS * 1000LL, &message) != 1 ||
        message.word != PACT_READY)
        return err_set(err, ERR_UNREACHABLE, "the guard's warden could not open its connections");
    return 0;
}

static int prepare(struct cut *cut, int pact_in, struct err *err)
{
    struct until until = until_in_ms(WARDEN_MS, cut->leash);
    if (fence_rehearse(cut->guard, &until, err) < 0 || cut_prepare(cut, err) < 0)
        return -1;
    return await_warden(pact_in, err);
}

/* An attempt that never began still has settings of ours at the proxy. */
static void let_proxy_go(struct cut *cut)
{
    struct err err = ERR_INIT;
    struct until until = until_in_ms(RESTORE_MS, NULL);
    if (links_console(cut->guard, &cut->links.console, &until, &err) < 0 ||
        console_restore(&cut->links.console, &until, &err) < 0)
        fprintf(stderr, "ece-guard: the proxy's settings are not restored: %s\n", err.text);
    err_clear(&err);
    if (pact_say(cut->warden_fd, PACT_DONE, &err) < 0)
        err_clear(&err);
}

static void serve(struct cut *cut)
{
    char line[64];
    say("ready\n");
    bool heard = hear(cut->leash, line, sizeof(line));
    if (heard && strcmp(line, "cut") == 0) {
        tell(cut, cut_run(cut));
        while (hear(cut->leash, line, sizeof(line)) && strcmp(line, "bye") != 0)
            continue;
    } else {
        let_proxy_go(cut);
    }
}

int worker_run(struct guard *guard, int pact_out, int pact_in)
{
    struct err err = ERR_INIT;
    struct leash leash;
    struct cut cut = {.guard = guard, .leash = &leash, .warden_fd = pact_out};
    int status = 0;
    cut.timeline.stop_at = guard->plan.stop_at;
    if (leash_open(&leash, STDIN_FILENO, &err) < 0)
        return fail(&err);
    if (prepare(&cut, pact_in, &err) == 0)
        serve(&cut);
    else
        status = fail(&err);
    cut_close(&cut);
    keep_no_secret(guard->plan.id, &guard->secret);
    return status;
}
