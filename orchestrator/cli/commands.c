/*
 * The list of commands, in the order in which somebody needs them.
 */
#include "orchestrator/cli/cmd.h"

const struct command *const commands[] = {
    &cmd_init,  &cmd_check,    &cmd_plan,       &cmd_run,  &cmd_resume,  &cmd_approve,
    &cmd_abort, &cmd_rollback, &cmd_status,     &cmd_log,  &cmd_accept,  &cmd_graph,
    &cmd_cidr,  &cmd_schema,   &cmd_completion, &cmd_help, &cmd_version,
};
const size_t commands_len = ARRAY_LEN(commands);
