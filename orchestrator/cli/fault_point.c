/* Dying on command. */
#include "orchestrator/cli/fault_point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reach(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)arg;
    char here[256];
    snprintf(here, sizeof(here), "%s.%s.%s", phase, action, runner_moment_name(moment));
    const char *kill_at = getenv("ECE_MIGRATE_KILL_AT"), *stop_at = getenv("ECE_MIGRATE_STOP_AT");
    if (kill_at != NULL && strcmp(kill_at, here) == 0)
        (void)!raise(SIGKILL);
    if (stop_at != NULL && strcmp(stop_at, here) == 0)
        (void)!raise(SIGSTOP);
}

runner_hook *fault_point_hook(void)
{
    const char *rehearsal = getenv("ECE_MIGRATE_REHEARSAL");
    return rehearsal != NULL && strcmp(rehearsal, "1") == 0 ? reach : NULL;
}
