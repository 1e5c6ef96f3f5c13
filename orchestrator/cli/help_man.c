/*
 * Help as man pages, man(7), from the same rows: one of the program and one of each command.
 */
#include <string.h>

#include "base/str.h"
#include "orchestrator/cli/help.h"
#include "orchestrator/cli/version.h"

/* Text that roff prints as it stands: backslashes and dashes are escaped, and a line that begins
   with a dot or a quote is no request. */
static void put_text(struct str *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            str_add(out, "\\&");
        if (*c == '\\')
            str_add(out, "\\e");
        else if (*c == '-')
            str_add(out, "\\-");
        else
            str_add_n(out, c, 1);
    }
}

static void put_line(struct str *out, const char *request, const char *text)
{
    str_add(out, request);
    put_text(out, text);
    str_add(out, "\n");
}

static void put_head(struct str *out, const char *page, const char *summary)
{
    str_printf(out,
               ".\\\" made from the program's own tables; see 'ece-migrate help --man'\n"
               ".TH \"%s\" 1 \"\" \"ece-migrate %s\" \"ece-migrate\"\n.SH NAME\n",
               page, version_program());
    put_text(out, page);
    str_add(out, " \\- ");
    put_text(out, summary);
    str_add(out, "\n");
}

static void put_options(struct str *out, const struct option_row *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        str_add(out, ".TP\n\\fB");
        if (rows[i].letter != 0)
            str_printf(out, "\\-%c\\fR, \\fB", rows[i].letter);
        str_add(out, "\\-\\-");
        put_text(out, rows[i].name);
        str_add(out, "\\fR");
        if (rows[i].argument != NULL)
            str_printf(out, " \\fI%s\\fR", rows[i].argument);
        put_line(out, "\n", rows[i].help);
    }
}

static void put_story(struct str *out, const char *story)
{
    str_add(out, ".SH DESCRIPTION\n");
    while (*story != '\0') {
        int len = (int)strcspn(story, "\n");
        CLEANUP(str_free) struct str paragraph = STR_INIT;
        str_add_n(&paragraph, story, (size_t)len);
        put_line(out, ".PP\n", str_text(&paragraph));
        story += len + (story[len] == '\n' ? 1 : 0);
    }
}

static void put_statuses(struct str *out)
{
    str_add(out, ".SH EXIT STATUS\n");
    for (int code = 0; code < err_count(); code++) {
        enum err_code c = (enum err_code)code;
        str_printf(out, ".TP\n.B %d\n", err_exit_status(c));
        if (c == ERR_NONE) {
            str_add(out, "done\n");
            continue;
        }
        put_text(out, err_name(c));
        put_line(out, ": ", err_hint(c));
    }
}

static void put_others(struct str *out, const struct command *but)
{
    const char *between = "";
    str_add(out, ".SH SEE ALSO\n");
    if (but != NULL) {
        str_add(out, ".BR ece\\-migrate (1)");
        between = ",\n";
    }
    for (size_t i = 0; i < commands_len; i++) {
        if (commands[i] == but)
            continue;
        str_printf(out, "%s.BR ece\\-migrate\\-%s (1)", between, commands[i]->name);
        between = ",\n";
    }
    str_add(out, "\n");
}

void help_man_overview(struct str *out)
{
    put_head(out, "ece-migrate", "move a live database service from one VPC to another");
    str_add(out, ".SH SYNOPSIS\n.B ece\\-migrate\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR "
                 "[\\fIARGUMENTS\\fR]\n");
    put_story(out, "Moves live PostgreSQL services from one VPC to another through a temporary "
                   "tunnel, and can be stopped and resumed at any moment.");
    str_add(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < commands_len; i++) {
        str_printf(out, ".TP\n.BR ece\\-migrate\\-%s (1)\n", commands[i]->name);
        put_line(out, "", commands[i]->summary);
    }
    str_add(out, ".SH OPTIONS\n");
    put_options(out, option_global, option_global_len);
    put_statuses(out);
    put_others(out, NULL);
}

void help_man_command(struct str *out, const struct command *command, struct arena *arena)
{
    put_head(out, arena_printf(arena, "ece-migrate-%s", command->name), command->summary);
    put_line(out, ".SH SYNOPSIS\n", command_usage(command, arena));
    put_story(out, command->story);
    if (command->narguments > 0)
        str_add(out, ".SH ARGUMENTS\n");
    for (size_t i = 0; i < command->narguments; i++) {
        put_line(out, ".TP\n.I ", command->arguments[i].name);
        put_line(out, "", command->arguments[i].help);
    }
    str_add(out, ".SH OPTIONS\n");
    put_options(out, command->options, command->noptions);
    put_options(out, option_global, option_global_len);
    put_statuses(out);
    put_others(out, command);
}
