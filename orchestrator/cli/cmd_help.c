/*
 * `help`: explains the program, a command, or the exit statuses.
 */
#include "base/str.h"
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/help.h"

static int run(struct invocation *inv, struct err *err)
{
    (void)err;
    const char *topic = inv->arguments[0];
    const struct command *command = topic == NULL ? NULL : command_find(topic);
    bool statuses = str_equal(topic, HELP_EXIT_STATUS);
    if (inv->mode == OUT_JSON)
        inv->answer = statuses          ? help_exit_status_json()
                      : command != NULL ? help_command_json(command, inv->arena)
                                        : help_overview_json();
    else if (statuses)
        help_exit_status();
    else if (command != NULL)
        help_command(command, inv->arena);
    else
        help_overview();
    return 0;
}

static const struct argument_row arguments[] = {
    {.name = "TOPIC",
     .type = ARGUMENT_COMMAND,
     .choices = HELP_EXIT_STATUS,
     .help = "a command, or '" HELP_EXIT_STATUS "' (default: an overview)"},
};

const struct command cmd_help = {
    .name = "help",
    .summary = "explain the program, a command or the exit statuses",
    .story = "Prints an overview, or what there is to know of one command.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
