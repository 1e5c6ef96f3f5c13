/*
 * `help`: explains the program, a command, or the exit statuses.
 */
#include "base/str.h"
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/help.h"

static int run_man(struct invocation *inv, const struct command *command, struct err *err)
{
    CLEANUP(str_free) struct str page = STR_INIT;
    if (command == NULL && inv->arguments[0] != NULL)
        return err_set(err, ERR_USAGE, "'%s' has no page of its own; every page has it",
                       inv->arguments[0]);
    if (command == NULL)
        help_man_overview(&page);
    else
        help_man_command(&page, command, inv->arena);
    if (inv->mode == OUT_TEXT) {
        out_raw(str_text(&page));
        return 0;
    }
    inv->answer = json_make_object();
    json_put(inv->answer, "man", json_make_text(str_text(&page)));
    return 0;
}

static int run(struct invocation *inv, struct err *err)
{
    const char *topic = inv->arguments[0];
    const struct command *command = topic == NULL ? NULL : command_find(topic);
    if (option_given(&inv->options, "man"))
        return run_man(inv, command, err);
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

static const struct option_row options[] = {
    {.name = "man", .type = OPTION_FLAG, .help = "as a man page, to be read with man -l -"},
};

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
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
