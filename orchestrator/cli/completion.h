/*
 * Completion for shells, made from the rows of commands and options: one script a shell.
 */
#ifndef ORCHESTRATOR_CLI_COMPLETION_H
#define ORCHESTRATOR_CLI_COMPLETION_H

#include "base/str.h"
#include "orchestrator/cli/command.h"

typedef void completion_script(struct str *out);
completion_script completion_bash, completion_fish, completion_zsh;

#endif
