/*
 * Fault points, for rehearsals of what happens when the orchestrator dies: with
 * ECE_MIGRATE_REHEARSAL=1 in the environment, ECE_MIGRATE_KILL_AT=PHASE.ACTION.MOMENT kills this
 * process with SIGKILL at that very moment, and ECE_MIGRATE_STOP_AT stops it with SIGSTOP. Moments:
 * before-intent, after-intent, after-effect, after-outcome. In earnest neither is set.
 */
#ifndef ORCHESTRATOR_CLI_FAULT_POINT_H
#define ORCHESTRATOR_CLI_FAULT_POINT_H

#include "orchestrator/runner.h"

/* NULL unless this is a rehearsal. */
runner_hook *fault_point_hook(void);

#endif
