/*
 * From the words of the command line to a running command.
 */
#include "orchestrator/cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/near.h"
#include "base/str.h"
#include "orchestrator/cli/cmd.h"

#define STATE_DIR_DEFAULT "/var/lib/ece-migrate"

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < commands_len; i++)
        if (str_equal(commands[i]->name, name))
            return commands[i];
    return NULL;
}

const char *command_usage(const struct command *command, struct arena *arena)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    str_printf(&out, "ece-migrate %s [OPTIONS]", command->name);
    for (size_t i = 0; i < command->narguments; i++) {
        const struct argument_row *row = &command->arguments[i];
        str_printf(&out, row->need == ARGUMENT_REQUIRED ? " %s" : " [%s]", row->name);
    }
    return arena_strdup(arena, str_text(&out));
}

/* Errors: USAGE, with the nearest command. */
static int look_up(const struct command **out, const char *word, struct err *err)
{
    struct near near = NEAR_INIT(word);
    for (size_t i = 0; i < commands_len; i++) {
        *out = commands[i];
        if (str_equal(commands[i]->name, word))
            return 0;
        near_offer(&near, commands[i]->name);
    }
    *out = NULL;
    if (near.best != NULL)
        return err_set(err, ERR_USAGE, "unknown command '%s'; did you mean '%s'?", word, near.best);
    return err_set(err, ERR_USAGE, "unknown command '%s'", word);
}

/* Whether the text is one of the words. */
static bool is_among(const char *words, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = words; len > 0 && (at = strstr(at, text)) != NULL; at++)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0') &&
            strchr(text, ' ') == NULL)
            return true;
    return false;
}

static int check_argument(const struct argument_row *row, const char *text, struct err *err)
{
    const struct command *command;
    switch (row->type) {
    case ARGUMENT_TEXT:
    case ARGUMENT_FILE:
        if (*text == '\0')
            return err_set(err, ERR_USAGE, "%s is empty", row->name);
        break;
    case ARGUMENT_CHOICE:
        if (!is_among(row->choices, text))
            return err_set(err, ERR_USAGE, "'%s' is no %s; choose from: %s", text, row->name,
                           row->choices);
        break;
    case ARGUMENT_COMMAND:
        if (!is_among(row->choices, text) && look_up(&command, text, err) < 0)
            return -1;
        break;
    }
    return 0;
}

static int check_arguments(const struct invocation *inv, struct err *err)
{
    const struct command *command = inv->command;
    if (inv->narguments > command->narguments)
        return err_set(err, ERR_USAGE, "'%s' is one word too many",
                       inv->arguments[command->narguments]);
    for (size_t i = 0; i < command->narguments; i++) {
        const struct argument_row *row = &command->arguments[i];
        if (i < inv->narguments && check_argument(row, inv->arguments[i], err) < 0)
            return -1;
        if (i >= inv->narguments && row->need == ARGUMENT_REQUIRED)
            return err_set(err, ERR_USAGE, "%s is missing: %s", row->name, row->help);
    }
    return 0;
}

/* Words behind the last one are NULL, so that a command can look at optional ones without counting.
 */
static void take_arguments(struct invocation *inv, char **argv, size_t len)
{
    size_t room = len > inv->command->narguments ? len : inv->command->narguments;
    const char **arguments = ARENA_ARRAY(inv->arena, const char *, room + 1);
    for (size_t i = 0; i < len; i++)
        arguments[i] = argv[i];
    inv->arguments = arguments;
    inv->narguments = len;
}

/* What the global options mean. The output mode is known even if the rest is wrong, so that the
 * complaint has its form. */
static int settle(struct invocation *inv, struct err *err)
{
    const char *env = getenv("ECE_MIGRATE_STATE");
    const char *otherwise = env != NULL && *env != '\0' ? env : STATE_DIR_DEFAULT;
    inv->state_dir = option_text(&inv->options, "state", otherwise);
    bool quiet = option_given(&inv->options, "quiet");
    bool verbose = option_given(&inv->options, "verbose");
    if (quiet && verbose)
        return err_set(err, ERR_USAGE, "options '--quiet' and '--verbose' exclude each other");
    log_set_level(quiet ? LOG_QUIET : verbose ? LOG_DEBUG : LOG_INFO);
    return 0;
}

/* `ece-migrate check --help` is `ece-migrate help check`, and --version is `version`. NULL: neither
 * was given. */
static const struct command *shortcut(struct invocation *inv)
{
    const char **arguments = ARENA_ARRAY(inv->arena, const char *, 2);
    inv->arguments = arguments;
    if (option_given(&inv->options, "version"))
        return &cmd_version;
    if (!option_given(&inv->options, "help"))
        return NULL;
    /* 'help --help' has them already. */
    if (inv->command != &cmd_help)
        option_set_add(&inv->options, cmd_help.options, cmd_help.noptions);
    arguments[0] = inv->command == NULL ? NULL : inv->command->name;
    inv->narguments = arguments[0] == NULL ? 0 : 1;
    return &cmd_help;
}

/* argv[0] is the command's name. */
static int run_command(struct invocation *inv, int argc, char **argv, struct err *err)
{
    if (look_up(&inv->command, argv[0], err) < 0)
        return -1;
    option_set_add(&inv->options, inv->command->options, inv->command->noptions);
    int first = argc;
    int parsed = option_parse(&inv->options, argc, argv, OPTION_ANYWHERE, &first, err);
    inv->mode = option_given(&inv->options, "json") ? OUT_JSON : OUT_TEXT;
    if (parsed < 0 || settle(inv, err) < 0)
        return -1;
    const struct command *instead = shortcut(inv);
    if (instead != NULL)
        return instead->run(inv, err);
    take_arguments(inv, argv + first, (size_t)(argc - first));
    if (check_arguments(inv, err) < 0)
        return -1;
    return inv->command->run(inv, err);
}

int command_run(struct invocation *inv, int argc, char **argv, struct err *err)
{
    int first = argc;
    option_set_add(&inv->options, option_global, option_global_len);
    int parsed = option_parse(&inv->options, argc, argv, OPTION_STOP_AT_WORD, &first, err);
    inv->mode = option_given(&inv->options, "json") ? OUT_JSON : OUT_TEXT;
    if (parsed < 0)
        return -1;
    if (first < argc)
        return run_command(inv, argc - first, argv + first, err);
    const struct command *instead = shortcut(inv);
    if (instead != NULL)
        return instead->run(inv, err);
    return err_set(err, ERR_USAGE, "a command is missing");
}
