/*
 * Lines of proc(5), read: the files of /proc are text for people, and each has a trap. Pure: the
 * caller brings the text, which may be cut off anywhere.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>

/* Field 22 of /proc/PID/stat (proc_pid_stat(5)): when the process began, in clock ticks after boot.
   0 when the text does not say. */
int64_t proc_start_ticks(const char *stat);

/* A line of /proc/locks (proc_locks(5)) about a POSIX lock, such as
   "3: POSIX  ADVISORY  WRITE 4711 fd:01:2490 1073741826 1073742335": who holds it on which inode.
   False for any other line. */
bool proc_lock_holder(const char *line, int64_t *out_pid, uint64_t *out_inode);

#endif
