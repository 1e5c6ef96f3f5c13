/*
 * What fish needs: one 'complete' a command and an option.
 */
#include "orchestrator/cli/completion.h"

/* In single quotes, in which fish(1) knows the backslash and the quote. */
static void add_quoted(struct str *out, const char *text)
{
    str_add(out, "'");
    for (const char *c = text; *c != '\0'; c++)
        str_printf(out, *c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
    str_add(out, "'");
}

static void add_options(struct str *out, const char *condition, const struct option_row *rows,
                        size_t len)
{
    for (size_t i = 0; i < len; i++) {
        str_printf(out, "complete -c ece-migrate %s -l %s", condition, rows[i].name);
        if (rows[i].letter != 0)
            str_printf(out, " -s %c", rows[i].letter);
        switch (rows[i].type) {
        case OPTION_FLAG:
            break;
        case OPTION_FILE:
            str_add(out, " -rF");
            break;
        case OPTION_DIR:
            str_add(out, " -x -a '(__fish_complete_directories)'");
            break;
        case OPTION_TEXT:
        case OPTION_NUMBER:
            str_add(out, " -x");
            break;
        }
        str_add(out, " -d ");
        add_quoted(out, rows[i].help);
        str_add(out, "\n");
    }
}

static void add_words(struct str *out, const char *condition, const struct argument_row *row)
{
    switch (row->type) {
    case ARGUMENT_FILE:
        str_printf(out, "complete -c ece-migrate %s -F\n", condition);
        break;
    case ARGUMENT_CHOICE:
        str_printf(out, "complete -c ece-migrate %s -a '%s'\n", condition, row->choices);
        break;
    case ARGUMENT_COMMAND:
        str_printf(out, "complete -c ece-migrate %s -a '%s", condition, row->choices);
        for (size_t i = 0; i < commands_len; i++)
            str_printf(out, " %s", commands[i]->name);
        str_add(out, "'\n");
        break;
    case ARGUMENT_TEXT:
        break;
    }
}

void completion_fish(struct str *out)
{
    str_add(out, "# fish completion for ece-migrate; made by 'ece-migrate completion fish'\n"
                 "complete -c ece-migrate -f\n");
    add_options(out, "", option_global, option_global_len);
    for (size_t i = 0; i < commands_len; i++) {
        str_printf(out, "complete -c ece-migrate -n __fish_use_subcommand -a %s -d ",
                   commands[i]->name);
        add_quoted(out, commands[i]->summary);
        str_add(out, "\n");
    }
    for (size_t i = 0; i < commands_len; i++) {
        CLEANUP(str_free) struct str condition = STR_INIT;
        str_printf(&condition, "-n '__fish_seen_subcommand_from %s'", commands[i]->name);
        add_options(out, str_text(&condition), commands[i]->options, commands[i]->noptions);
        if (commands[i]->narguments > 0)
            add_words(out, str_text(&condition), &commands[i]->arguments[0]);
    }
}
