/*
 * What a person sees while a migration runs: a line for each thing that happened, with the time
 * since the start; and, on a terminal, one last line that is written over while something is waited
 * for. In a log each wait is a line when it begins and then one every ten seconds.
 */
#ifndef ORCHESTRATOR_CLI_PROGRESS_H
#define ORCHESTRATOR_CLI_PROGRESS_H

#include <stdbool.h>

#include "orchestrator/cli/command.h"
#include "orchestrator/runner.h"

struct progress {
    const struct clock *clock;
    int64_t start_us, told_us;
    char waiting[64]; /* the track and phase of the last wait that was told */
    bool silent;      /* --quiet or --json */
    bool verbose;
    bool terminal;
    bool open_line; /* a line stands that the next one must write over */
};

void progress_begin(struct progress *progress, const struct invocation *inv,
                    const struct clock *clock);
void progress_watch(void *progress, const struct watch *watch);
void progress_end(struct progress *progress);

#endif
