/*
 * `resume`: goes on with a migration that stopped, for whatever reason.
 */
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    if (session_load(&session, inv, STORE_WRITE, inv->arguments[0], SPEC_CHECK_FILES, err) < 0)
        return -1;
    return session_run(&session, err);
}

static const struct option_row options[] = {
    SESSION_GATE_OPTION,
};

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_resume = {
    .name = "resume",
    .summary = "go on with a migration that stopped",
    .story = "Looks at the world, not at what was remembered, and goes on from the phase where the "
             "migration stands, with the migration "
             "file that is frozen in the state file. A parked track is tried again.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
