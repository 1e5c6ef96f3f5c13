/*
 * Help, made from the rows: the overview, one command, and the table of exit statuses. As text,
 * as JSON, or as man pages.
 */
#ifndef ORCHESTRATOR_CLI_HELP_H
#define ORCHESTRATOR_CLI_HELP_H

#include "base/str.h"
#include "orchestrator/cli/command.h"

/* The word that asks for the table of exit statuses instead of a command. */
#define HELP_EXIT_STATUS "exit-status"

void help_overview(void);
void help_command(const struct command *command, struct arena *arena);
void help_exit_status(void);

/* Whether the same call may succeed later: "never", "later" or "person" (after somebody did
 * something). */
const char *help_again(enum err_code code);

/* As man pages, appended to out. */
void help_man_overview(struct str *out);
void help_man_command(struct str *out, const struct command *command, struct arena *arena);

/* New references. */
json_t *help_overview_json(void);
json_t *help_command_json(const struct command *command, struct arena *arena);
json_t *help_exit_status_json(void);

#endif
