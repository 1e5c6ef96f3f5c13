/*
 * A disk under the tests' thumb. The calls by which the program and SQLite reach the file system
 * (open, pwrite, ftruncate, fdatasync, unlink, rename, fcntl …) are interposed in the test program,
 * for all libraries alike and for paths below one directory only. They can be written down, to be
 * replayed as a power cut would leave them, and the n-th of them can fail.
 */
#ifndef TESTS_DISK_DISK_H
#define TESTS_DISK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum disk_kind {
    DISK_MKDIR,    /* name */
    DISK_CREATE,   /* name, file: a name that was not there */
    DISK_WRITE,    /* file, at, bytes, len */
    DISK_RESIZE,   /* file, at: the new size */
    DISK_SYNC,     /* file */
    DISK_SYNC_DIR, /* name */
    DISK_UNLINK,   /* name */
    DISK_RENAME,   /* name, to, file */
    DISK_ACK, /* the program was told that something is on disk; len and bytes are the test's */
};

struct disk_op {
    enum disk_kind kind;
    int file; /* a number for each file that was ever created; -1 */
    char *name, *to;
    int64_t at;
    unsigned char *bytes;
    size_t len;
};

struct disk_trace {
    struct disk_op *op;
    size_t len, room;
    int files;
};

/* From now on everything below dir (absolute, without links, empty) is seen. One at a time. */
void disk_watch(const char *dir);
/* Back to the real thing; what was written down goes to the caller. */
void disk_forget(struct disk_trace *out);
void disk_trace_free(struct disk_trace *trace);
/* Puts an ACK into the trace. */
void disk_ack(const void *bytes, size_t len);

/* Faults: the n-th call (1, 2, …) from now fails with that errno; how many were made since. n 0:
 * none. DISK_ON: all after it fail too, as on a dead disk. Only calls that can fail with ENOSPC
 * count when that is asked for: those that write, resize or make a name. */
enum disk_how { DISK_ONCE, DISK_ON };
void disk_fail(int64_t n, int number, enum disk_how how);
int64_t disk_calls(void);
/* "pwrite64 state.db" of the call that failed; "" when none did. */
const char *disk_failed(void);

#endif
