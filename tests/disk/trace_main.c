/*
 * A whole migration over fakes under the recorder, which prints what it saw: "base DIR", then a
 * line for each call. For strace_test.sh, which compares that with what strace saw.
 */
#include <stdio.h>
#include <unistd.h>

#include "tests/disk/disk.h"
#include "tests/disk/move.h"

static const char *const words[] = {
    [DISK_MKDIR] = "mkdir",   [DISK_CREATE] = "create", [DISK_WRITE] = "write",
    [DISK_RESIZE] = "resize", [DISK_SYNC] = "sync",     [DISK_SYNC_DIR] = "sync",
    [DISK_UNLINK] = "unlink", [DISK_RENAME] = "rename", [DISK_ACK] = "ack",
};

int main(void)
{
    struct move move;
    struct disk_trace trace;
    struct err err = ERR_INIT;
    move_init(&move);
    disk_watch(move.base);
    int result = move_run(&move, &err);
    disk_forget(&trace);
    printf("base %s\n", move.base);
    for (size_t i = 0; i < trace.len; i++)
        printf("call %s\n", words[trace.op[i].kind]);
    if (result < 0)
        fprintf(stderr, "%s\n", err.text);
    disk_trace_free(&trace);
    fflush(stdout);
    /* What cleaning up does is not of this trace. */
    _exit(result < 0);
}
