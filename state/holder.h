/*
 * Which process this is, so that nobody mistakes it for another: a PID alone comes again after a
 * reboot or by wrapping round.
 */
#ifndef STATE_HOLDER_H
#define STATE_HOLDER_H

#include <stdint.h>

#include "base/arena.h"

struct holder {
    const char *host;
    const char *boot_id; /* random(4): new at each boot */
    int64_t pid;
    int64_t pid_start; /* field 22 of /proc/self/stat, clock ticks after boot */
};

/* This process. What /proc does not tell is "unknown" or 0. Texts live in the arena. */
struct holder holder_self(struct arena *arena);

/* "host op, pid 4711, boot 1c2f54a0" */
const char *holder_text(const struct holder *holder, struct arena *arena);

#endif
