/*
 * Findings as a person and a program read them.
 */
#ifndef ORCHESTRATOR_CLI_FINDINGS_OUT_H
#define ORCHESTRATOR_CLI_FINDINGS_OUT_H

#include "orchestrator/cli/out.h"
#include "steps/port/finding.h"

/* [{"level", "check", "object", "text", "remedy"}] */
json_t *findings_out_json(const struct finding *finding, size_t len);

/* A line each, blocks first, with the remedy below; those under the level from are only counted. */
void findings_out_print(const struct finding *finding, size_t len, enum finding_level from);

#endif
