/*
 * Help as JSON, from the same rows.
 */
#include "orchestrator/cli/help.h"

static json_t *options_json(const struct option_row *rows, size_t len)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < len; i++) {
        json_t *option = json_make_object();
        json_put(option, "name", json_make_text(rows[i].name));
        if (rows[i].argument != NULL)
            json_put(option, "argument", json_make_text(rows[i].argument));
        json_put(option, "help", json_make_text(rows[i].help));
        json_add(list, option);
    }
    return list;
}

json_t *help_overview_json(void)
{
    json_t *list = json_make_array(), *json = json_make_object();
    for (size_t i = 0; i < commands_len; i++) {
        json_t *command = json_make_object();
        json_put(command, "name", json_make_text(commands[i]->name));
        json_put(command, "summary", json_make_text(commands[i]->summary));
        json_add(list, command);
    }
    json_put(json, "commands", list);
    json_put(json, "options", options_json(option_global, option_global_len));
    return json;
}

static json_t *arguments_json(const struct command *command)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < command->narguments; i++) {
        const struct argument_row *row = &command->arguments[i];
        json_t *argument = json_make_object();
        json_put(argument, "name", json_make_text(row->name));
        json_put(argument, "required", json_boolean(row->need == ARGUMENT_REQUIRED));
        json_put(argument, "help", json_make_text(row->help));
        json_add(list, argument);
    }
    return list;
}

json_t *help_command_json(const struct command *command, struct arena *arena)
{
    json_t *json = json_make_object();
    json_put(json, "name", json_make_text(command->name));
    json_put(json, "summary", json_make_text(command->summary));
    json_put(json, "usage", json_make_text(command_usage(command, arena)));
    json_put(json, "story", json_make_text(command->story));
    json_put(json, "arguments", arguments_json(command));
    json_put(json, "options", options_json(command->options, command->noptions));
    return json;
}

json_t *help_exit_status_json(void)
{
    json_t *list = json_make_array(), *json = json_make_object();
    for (int code = 0; code < err_count(); code++) {
        enum err_code c = (enum err_code)code;
        json_t *row = json_make_object();
        json_put(row, "status", json_integer(err_exit_status(c)));
        json_put(row, "name", json_make_text(c == ERR_NONE ? "done" : err_name(c)));
        json_put(row, "again", json_make_text(help_again(c)));
        json_put(row, "hint", json_make_text(err_hint(c)));
        json_add(list, row);
    }
    json_put(json, "exit_statuses", list);
    return json;
}
