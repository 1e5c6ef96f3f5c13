/*
 * What bash needs to complete commands, options and files: made from the rows, it uses nothing but
 * bash itself.
 */
#include "orchestrator/cli/completion.h"

static const char script_head[] =
    "# bash completion for ece-migrate; made by 'ece-migrate completion bash'\n"
    "_ece_migrate()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command= options= words= files= i\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n";

static const char script_tail[] = "    [[ $word == -* ]] && words= files=\n"
                                  "    [[ $word == -* ]] || options=\n"
                                  "    mapfile -t COMPREPLY < <(\n"
                                  "        compgen -W \"$options $words\" -- \"$word\"\n"
                                  "        [[ -z $files ]] || compgen \"$files\" -- \"$word\")\n"
                                  "}\n"
                                  "complete -o filenames -F _ece_migrate ece-migrate\n";

/* What a value or a word is completed by: compgen's -f or -d, or nothing. */
static const char *files_of_option(enum option_type type)
{
    switch (type) {
    case OPTION_FILE:
        return "-f";
    case OPTION_DIR:
        return "-d";
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_NUMBER:
        break;
    }
    return "";
}

static void add_options(struct str *out, const struct option_row *rows, size_t len)
{
    for (size_t i = 0; i < len; i++)
        str_printf(out, " --%s", rows[i].name);
}

static void add_commands(struct str *out)
{
    for (size_t i = 0; i < commands_len; i++)
        str_printf(out, " %s", commands[i]->name);
}

/* "--state|--host)" and what to complete behind it, for each option that has a value. */
static void add_values(struct str *out, const struct option_row *rows, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (rows[i].argument != NULL)
            str_printf(out, "    *:--%s) files=%s ;;\n", rows[i].name,
                       files_of_option(rows[i].type));
}

/* Only the first word behind a command is completed by kind; what follows is rare. */
static void add_words(struct str *out, const struct command *command)
{
    if (command->narguments == 0)
        return;
    const struct argument_row *row = &command->arguments[0];
    switch (row->type) {
    case ARGUMENT_FILE:
        str_add(out, " files=-f");
        break;
    case ARGUMENT_CHOICE:
        str_printf(out, " words='%s'", row->choices);
        break;
    case ARGUMENT_COMMAND:
        str_printf(out, " words='%s", row->choices);
        add_commands(out);
        str_add(out, "'");
        break;
    case ARGUMENT_TEXT:
        break;
    }
}

static void add_command(struct str *out, const struct command *command)
{
    str_printf(out, "    %s:*) options='", command->name);
    add_options(out, command->options, command->noptions);
    add_options(out, option_global, option_global_len);
    str_add(out, "'");
    add_words(out, command);
    str_add(out, " ;;\n");
}

void completion_bash(struct str *out)
{
    str_add(out, script_head);
    for (size_t i = 0; i < option_global_len; i++)
        if (option_global[i].argument != NULL)
            str_printf(out, "        --%s) ((i++)) ;;\n", option_global[i].name);
    str_add(out, "        -*) ;;\n"
                 "        *) command=${COMP_WORDS[i]}; break ;;\n"
                 "        esac\n"
                 "    done\n"
                 "    case $command:$before in\n");
    add_values(out, option_global, option_global_len);
    for (size_t i = 0; i < commands_len; i++)
        add_values(out, commands[i]->options, commands[i]->noptions);
    for (size_t i = 0; i < commands_len; i++)
        add_command(out, commands[i]);
    str_add(out, "    :*) options='");
    add_options(out, option_global, option_global_len);
    str_add(out, "' words='");
    add_commands(out);
    str_add(out, "' ;;\n    esac\n");
    str_add(out, script_tail);
}
