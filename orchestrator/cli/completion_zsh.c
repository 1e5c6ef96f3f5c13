/*
 * What zsh needs: one call of _arguments for the program and one for each command.
 */
#include <string.h>

#include "orchestrator/cli/completion.h"

/* For a description within single quotes: brackets and colons have a meaning to _arguments, quotes
   to the shell (zshcompsys(1)). */
static void add_described(struct str *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'')
            str_add(out, "'\\''");
        else if (strchr("[]:\\", *c) != NULL)
            str_printf(out, "\\%c", *c);
        else
            str_add_n(out, c, 1);
    }
}

static const char *action_of_option(enum option_type type)
{
    switch (type) {
    case OPTION_FILE:
        return "_files";
    case OPTION_DIR:
        return "_files -/";
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_NUMBER:
        break;
    }
    return "";
}

static void add_option(struct str *out, const char *dashes, const char *name,
                       const struct option_row *row)
{
    str_printf(out, " \\\n        '%s%s[", dashes, name);
    add_described(out, row->help);
    str_add(out, "]");
    if (row->argument != NULL)
        str_printf(out, ":%s:%s", row->argument, action_of_option(row->type));
    str_add(out, "'");
}

static void add_options(struct str *out, const struct option_row *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char letter[2] = {rows[i].letter, '\0'};
        if (rows[i].letter != 0)
            add_option(out, "-", letter, &rows[i]);
        add_option(out, "--", rows[i].name, &rows[i]);
    }
}

static void add_argument(struct str *out, size_t place, const struct argument_row *row)
{
    str_printf(out, " \\\n        '%zu:%s:", place, row->name);
    switch (row->type) {
    case ARGUMENT_FILE:
        str_add(out, "_files");
        break;
    case ARGUMENT_CHOICE:
        str_printf(out, "(%s)", row->choices);
        break;
    case ARGUMENT_COMMAND:
        str_printf(out, "(%s", row->choices);
        for (size_t i = 0; i < commands_len; i++)
            str_printf(out, " %s", commands[i]->name);
        str_add(out, ")");
        break;
    case ARGUMENT_TEXT:
        str_add(out, " ");
        break;
    }
    str_add(out, "'");
}

static void add_command(struct str *out, const struct command *command)
{
    str_printf(out, "    %s)\n        _arguments -S", command->name);
    add_options(out, command->options, command->noptions);
    add_options(out, option_global, option_global_len);
    for (size_t i = 0; i < command->narguments; i++)
        add_argument(out, i + 1, &command->arguments[i]);
    str_add(out, "\n        ;;\n");
}

void completion_zsh(struct str *out)
{
    str_add(out, "#compdef ece-migrate\n"
                 "# zsh completion for ece-migrate; made by 'ece-migrate completion zsh'\n"
                 "_ece-migrate() {\n"
                 "    local context state state_descr line curcontext=$curcontext\n"
                 "    typeset -A opt_args\n"
                 "    local -a commands=(");
    for (size_t i = 0; i < commands_len; i++) {
        str_printf(out, "\n        '%s:", commands[i]->name);
        add_described(out, commands[i]->summary);
        str_add(out, "'");
    }
    str_add(out, ")\n    _arguments -C -S");
    add_options(out, option_global, option_global_len);
    str_add(out, " \\\n        '1:command:->command' \\\n        '*::argument:->argument'\n"
                 "    [[ $state == command ]] && _describe command commands\n"
                 "    [[ $state == argument ]] || return\n"
                 "    case $line[1] in\n");
    for (size_t i = 0; i < commands_len; i++)
        add_command(out, commands[i]);
    str_add(out, "    esac\n}\n"
                 "[[ $zsh_eval_context[-1] == loadautofunc ]] && _ece-migrate \"$@\"\n"
                 "[[ $zsh_eval_context[-1] == loadautofunc ]] || compdef _ece-migrate "
                 "ece-migrate\n");
}
