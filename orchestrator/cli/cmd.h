/*
 * The commands' rows. A new command is a file cmd_<name>.c, a line here, and a line in commands.c.
 */
#ifndef ORCHESTRATOR_CLI_CMD_H
#define ORCHESTRATOR_CLI_CMD_H

#include "orchestrator/cli/command.h"

extern const struct command cmd_abort;
extern const struct command cmd_accept;
extern const struct command cmd_approve;
extern const struct command cmd_check;
extern const struct command cmd_cidr;
extern const struct command cmd_completion;
extern const struct command cmd_graph;
extern const struct command cmd_help;
extern const struct command cmd_init;
extern const struct command cmd_log;
extern const struct command cmd_plan;
extern const struct command cmd_resume;
extern const struct command cmd_rollback;
extern const struct command cmd_run;
extern const struct command cmd_schema;
extern const struct command cmd_status;
extern const struct command cmd_version;

#endif
