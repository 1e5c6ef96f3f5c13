/*
 * `abort`: takes a migration back. A runner that is alive does it; otherwise this command becomes
 * the runner.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "state/request.h"

static int ask(struct session *session, struct err *err)
{
    struct request request = {
        .kind = REQUEST_ABORT,
        .track = "",
        .who = session_who(session->inv),
        .spec_hash = session->spec->hash,
        .comment = option_text(&session->inv->options, "comment", ""),
    };
    return request_make(session->store, session->spec->id, &request, err);
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    if (session_load(&session, inv, STORE_WRITE, inv->arguments[0], SPEC_CHECK_FILES, err) < 0 ||
        ask(&session, err) < 0)
        return -1;
    int result = session_run(&session, err);
    /* Taken back is what was asked for; a runner that is alive takes it back itself. */
    if (result < 0 && err->code == ERR_BUSY) {
        err_clear(err);
        if (inv->mode == OUT_TEXT)
            out_text("asked: the runner that is alive takes migration '%s' back\n",
                     session.spec->id);
        return inv->mode == OUT_JSON ? session_answer(&session, err) : 0;
    }
    if (result < 0 && err->code == ERR_ABORTED) {
        if (inv->mode == OUT_TEXT)
            out_text("%s\n", err->text);
        err_clear(err);
        return 0;
    }
    if (result == 0)
        return err_set(err, ERR_REFUSED,
                       "migration '%s' could not be taken back: its clients are at the target; it "
                       "went on to its end",
                       session.spec->id);
    return result;
}

static const struct option_row options[] = {
    {.name = "as",
     .argument = "NAME",
     .type = OPTION_TEXT,
     .help = "who asks (default: who is logged in)"},
    SESSION_COMMENT_OPTION,
    SESSION_GATE_OPTION,
};

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_abort = {
    .name = "abort",
    .summary = "take a migration back, before its cutover",
    .story = "Turns every track round that has not passed its decision: the copy, the role, the "
             "slot and the tunnel go, and the source is as it "
             "was. Behind the decision it is refused, and the migration goes on forward.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
