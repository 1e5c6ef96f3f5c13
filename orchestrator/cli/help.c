/*
 * Help as text: a column of names, and beside it what they are.
 */
#include "orchestrator/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { NAME_INDENT = 2, TEXT_INDENT = 22, STATUS_INDENT = 28 };

static void put_row(const char *name, const char *text, int indent)
{
    out_text("%*s%s", NAME_INDENT, "", name);
    int column = NAME_INDENT + (int)strlen(name);
    if (column >= indent) {
        out_text("\n");
        column = 0;
    }
    out_wrapped(text, indent, column);
}

static void put_options(const struct option_row *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        CLEANUP(str_free) struct str name = STR_INIT;
        if (rows[i].letter != 0)
            str_printf(&name, "-%c, ", rows[i].letter);
        str_printf(&name, "--%s", rows[i].name);
        if (rows[i].argument != NULL)
            str_printf(&name, " %s", rows[i].argument);
        put_row(str_text(&name), rows[i].help, TEXT_INDENT);
    }
}

void help_overview(void)
{
    out_raw("ece-migrate moves live PostgreSQL services from one VPC to another through a\n"
            "temporary tunnel, and can be stopped and resumed at any moment.\n"
            "\nusage: ece-migrate [OPTIONS] COMMAND [ARGUMENTS]\n\ncommands:\n");
    for (size_t i = 0; i < commands_len; i++)
        put_row(commands[i]->name, commands[i]->summary, TEXT_INDENT);
    out_raw("\noptions of every command:\n");
    put_options(option_global, option_global_len);
    out_raw("\n");
    out_wrapped(
        "'ece-migrate help COMMAND' explains one command, 'ece-migrate help " HELP_EXIT_STATUS
        "' how the program ends.",
        0, 0);
}

/* The story's paragraphs are separated by newlines. */
static void put_story(const char *story)
{
    while (*story != '\0') {
        int len = (int)strcspn(story, "\n");
        CLEANUP(str_free) struct str paragraph = STR_INIT;
        str_add_n(&paragraph, story, (size_t)len);
        out_raw("\n");
        out_wrapped(str_text(&paragraph), 0, 0);
        story += len + (story[len] == '\n' ? 1 : 0);
    }
}

static void put_arguments(const struct command *command)
{
    if (command->narguments > 0)
        out_raw("\narguments:\n");
    for (size_t i = 0; i < command->narguments; i++)
        put_row(command->arguments[i].name, command->arguments[i].help, TEXT_INDENT);
}

void help_command(const struct command *command, struct arena *arena)
{
    out_text("%s: %s\n\nusage: %s\n", command->name, command->summary,
             command_usage(command, arena));
    put_story(command->story);
    put_arguments(command);
    if (command->noptions > 0)
        out_raw("\noptions:\n");
    put_options(command->options, command->noptions);
    out_raw("\noptions of every command:\n");
    put_options(option_global, option_global_len);
}

const char *help_again(enum err_code code)
{
    switch (err_retry(code)) {
    case ERR_RETRY_NEVER:
        return "never";
    case ERR_RETRY_LATER:
        return "later";
    case ERR_RETRY_PERSON:
        break;
    }
    return "person";
}

/* One row a status: number, name, whether the same command may succeed later, what to do. */
void help_exit_status(void)
{
    out_raw("  status  name         again?\n");
    for (int code = 0; code < err_count(); code++) {
        enum err_code c = (enum err_code)code;
        bool done = c == ERR_NONE;
        char row[64];
        int len = snprintf(row, sizeof row, "%6d  %-12s %s", err_exit_status(c),
                           done ? "done" : err_name(c), done ? "-" : help_again(c));
        out_text("%*s%s", NAME_INDENT, "", row);
        out_wrapped(done ? "it ended well" : err_hint(c), STATUS_INDENT + 4, NAME_INDENT + len);
    }
    out_raw("\nagain? never: the same call fails again; later: it may succeed by then; person:\n"
            "after somebody did something.\n");
}
