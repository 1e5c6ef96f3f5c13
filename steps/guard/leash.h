/*
 * The leash: how the orchestrator holds the worker. Lines come in on standard input; its end, or
 * SIGTERM, SIGHUP or SIGINT, means that the orchestrator is gone. Reading never blocks.
 */
#ifndef GUARD_LEASH_H
#define GUARD_LEASH_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct leash {
    int in_fd;
    int signal_fd;
    bool gone;
    size_t len;
    char text[256]; /* what came in and was not taken yet */
};

/* Blocks the three signals for the process and reads them from a descriptor. Errors: INTERNAL. */
int leash_open(struct leash *out, int in_fd, struct err *err) MUST_CHECK;
/* Fills two entries for poll(2). */
void leash_watch(const struct leash *leash, struct pollfd fds[2]);
/* Takes in what there is; sets gone at the end of the input, at a signal, and at a line that is too
 * long to be one of ours. */
void leash_pull(struct leash *leash);
/* Takes one whole line out, cut at size - 1, without its newline; false when there is none. */
bool leash_line(struct leash *leash, char *out, size_t size);

#endif
