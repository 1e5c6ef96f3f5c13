/*
 * The migration file as commands want it: loaded, or all its faults told in the form that the user
 * asked for.
 */
#ifndef ORCHESTRATOR_CLI_SPEC_FILE_H
#define ORCHESTRATOR_CLI_SPEC_FILE_H

#include "orchestrator/cli/command.h"
#include "steps/spec.h"

/* *out is the caller's, to be freed. Faults go to standard error as "FILE:LINE: /pointer: text", or
   into the answer as {"file", "faults": [{"line", "pointer", "text"}]}; err then says how many
   there are. In OUT_JSON the answer is set in any case. Errors: SPEC. */
int spec_file_load(struct invocation *inv, const char *path, enum spec_files files,
                   struct spec **out, struct err *err) MUST_CHECK;

#endif
