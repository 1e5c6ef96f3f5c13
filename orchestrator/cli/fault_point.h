/*
 * Fault points, for rehearsals of what happens when the orchestrator dies. A point is
 * PHASE.ACTION.MOMENT, with the moments before-intent, after-intent, after-effect, after-outcome.
 * With ECE_MIGRATE_REHEARSAL=1 in the environment, this process sends itself a signal at each point
 * that one of these lists names, its members separated by commas:
 *
 *   ECE_MIGRATE_KILL_AT   SIGKILL
 *   ECE_MIGRATE_TERM_AT   SIGTERM
 *   ECE_MIGRATE_STOP_AT   SIGSTOP
 *
 * and ECE_MIGRATE_POINTS names a file to which each point is appended, a line each, as it is
 * reached: from there a test knows what points there are. In earnest none of them is set.
 */
#ifndef ORCHESTRATOR_CLI_FAULT_POINT_H
#define ORCHESTRATOR_CLI_FAULT_POINT_H

#include "orchestrator/runner.h"

/* NULL unless this is a rehearsal. */
runner_hook *fault_point_hook(void);

#endif
