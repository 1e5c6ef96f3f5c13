/*
 * One line of docs/reliability.md's table, as a run that tried faults tells it: appended to the
 * file that $ECE_RELIABILITY names, if it is set.
 */
#ifndef TESTS_DISK_TALLY_H
#define TESTS_DISK_TALLY_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void tally(const char *fault, int tried, int broken, const char *command)
{
    const char *path = getenv("ECE_RELIABILITY");
    int fd = path == NULL || path[0] == '\0'
                 ? -1
                 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    dprintf(fd,
            "{\"fault\":\"%s\",\"tried\":%d,\"broken\":%d,\"parked\":null,\"lost\":null,"
            "\"duplicated\":null,\"failed\":null,\"stall_max_ms\":null,\"command\":\"%s\"}\n",
            fault, tried, broken, command);
    close(fd);
}

#endif
