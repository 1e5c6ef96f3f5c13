/*
 * An open-file-description lock (fcntl(2), F_OFD_SETLK): inherited by fork, gone with the last
 * process that has it.
 */
#include "steps/guard/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"
#include "steps/guard/until.h"

static int open_file(const char *dir, int flags)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    str_printf(&path, "%s/lock", dir);
    return open(str_text(&path), flags | O_CLOEXEC, 0600);
}

/* When the process began, in ticks since boot. 0 when it is gone. */
static int64_t start_of(long pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    return proc_start_ticks(text);
}

/* Waits for the lock while there is time. */
static bool take(int fd, int64_t end_us)
{
    for (;;) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
            return true;
        if (until_now_us() >= end_us)
            return false;
        usleep(10000);
    }
}

static void send_away(int fd)
{
    char text[64] = "";
    long pid = 0;
    int64_t start = 0;
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    if (len > 0 && sscanf(text, "%ld %" SCNd64, &pid, &start) == 2 && pid > 1 && start != 0 &&
        start_of(pid) == start)
        kill((pid_t)pid, SIGTERM);
}

int lock_take(const char *dir, int64_t wait_ms, int *out_fd, struct err *err)
{
    int fd = open_file(dir, O_RDWR | O_CREAT);
    if (fd < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot open the lock in '%s'", dir);
    if (!take(fd, 0)) {
        send_away(fd);
        if (!take(fd, until_now_us() + wait_ms * 1000)) {
            close(fd);
            return err_set(err, ERR_BUSY,
                           "another guard is at work in '%s' and did not end in %" PRId64 " ms",
                           dir, wait_ms);
        }
    }
    char text[64];
    int len =
        snprintf(text, sizeof(text), "%ld %" PRId64 "\n", (long)getpid(), start_of((long)getpid()));
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len) {
        close(fd);
        return err_set_errno(err, ERR_INTERNAL, "cannot write the lock in '%s'", dir);
    }
    *out_fd = fd;
    return 0;
}

bool lock_is_held(const char *dir)
{
    int fd = open_file(dir, O_RDWR);
    if (fd < 0)
        return false;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}
