/*
 * The commands' rows. A new command is a file cmd_<name>.c, a line here, and a line in commands.c.
 */
#ifndef ORCHESTRATOR_CLI_CMD_H
#define ORCHESTRATOR_CLI_CMD_H

#include "orchestrator/cli/command.h"

extern const struct command cmd_check;
extern const struct command cmd_completion;
extern const struct command cmd_help;
extern const struct command cmd_init;
extern const struct command cmd_schema;
extern const struct command cmd_version;

#endif
