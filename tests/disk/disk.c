/*
 * The interposed calls. Each does the real thing by syscall(2), so that no library's idea of the
 * call is in between, and tells the recorder what it did. Built without _FORTIFY_SOURCE, which
 * would define these very names.
 */
#include "tests/disk/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS 1024

struct open_file {
    int file; /* number, or -1: none of ours; a directory has -2 */
    char *name;
};

static struct {
    char dir[PATH_MAX];
    struct open_file fd[FDS];
    struct disk_trace trace;
    struct {
        char *name;
        int file;
    } names[64];
    size_t nnames;
    int64_t calls, fail_at;
    int fail_errno;
    enum disk_how how;
    char failed[256];
} disk;

static void must(bool held, const char *what)
{
    if (!held) {
        fprintf(stderr, "disk: %s\n", what);
        abort();
    }
}

static bool watching(const char *path)
{
    size_t len = strlen(disk.dir);
    return len && strncmp(path, disk.dir, len) == 0 && (path[len] == '/' || !path[len]);
}

static struct disk_op *tell(enum disk_kind kind, int file, const char *name)
{
    struct disk_trace *trace = &disk.trace;
    if (trace->len == trace->room) {
        trace->room = trace->room ? 2 * trace->room : 1024;
        trace->op = realloc(trace->op, trace->room * sizeof *trace->op);
        must(trace->op, "no memory for the trace");
    }
    struct disk_op *op = &trace->op[trace->len++];
    *op = (struct disk_op){.kind = kind, .file = file, .name = name ? strdup(name) : NULL};
    return op;
}

static int file_of(const char *name)
{
    for (size_t i = 0; i < disk.nnames; i++)
        if (strcmp(disk.names[i].name, name) == 0)
            return disk.names[i].file;
    return -1;
}

static void put_name(const char *name, int file)
{
    must(disk.nnames < sizeof disk.names / sizeof disk.names[0], "too many names");
    disk.names[disk.nnames].name = strdup(name);
    disk.names[disk.nnames++].file = file;
}

static void drop_name(const char *name)
{
    for (size_t i = 0; i < disk.nnames; i++)
        if (strcmp(disk.names[i].name, name) == 0) {
            free(disk.names[i].name);
            disk.names[i] = disk.names[--disk.nnames];
            return;
        }
}

/* The path of a call as an absolute one, or NULL when it is none of ours. */
static const char *path_of(int dirfd, const char *path, char out[PATH_MAX])
{
    if (path[0] == '/')
        snprintf(out, PATH_MAX, "%s", path);
    else if (dirfd >= 0 && dirfd < FDS && disk.fd[dirfd].file == -2)
        snprintf(out, PATH_MAX, "%s/%s", disk.fd[dirfd].name, path);
    else
        return NULL;
    size_t len = strlen(out);
    if (len > 3 && strcmp(out + len - 3, "/..") == 0) {
        out[len - 3] = '\0';
        *strrchr(out, '/') = '\0';
    }
    return watching(out) ? out : NULL;
}

static bool ours(int fd)
{
    return fd >= 0 && fd < FDS && disk.fd[fd].file != -1 && disk.dir[0];
}

enum needs { NEEDS_NOTHING, NEEDS_ROOM };

/* Counts a call on something of ours; true when it is to fail. */
static bool fails(const char *call, const char *name, enum needs needs)
{
    if (disk.fail_errno == ENOSPC && needs != NEEDS_ROOM)
        return false;
    disk.calls++;
    if (!disk.fail_at || disk.calls < disk.fail_at ||
        (disk.calls > disk.fail_at && disk.how == DISK_ONCE))
        return false;
    if (!disk.failed[0])
        snprintf(disk.failed, sizeof disk.failed, "%s %s", call,
                 strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
    errno = disk.fail_errno;
    return true;
}

void disk_watch(const char *dir)
{
    memset(&disk, 0, sizeof disk);
    for (size_t i = 0; i < FDS; i++)
        disk.fd[i].file = -1;
    snprintf(disk.dir, sizeof disk.dir, "%s", dir);
}

void disk_forget(struct disk_trace *out)
{
    disk.dir[0] = '\0';
    for (size_t i = 0; i < FDS; i++)
        free(disk.fd[i].name);
    while (disk.nnames)
        free(disk.names[--disk.nnames].name);
    if (out)
        *out = disk.trace;
    else
        disk_trace_free(&disk.trace);
    disk.trace = (struct disk_trace){0};
}

void disk_trace_free(struct disk_trace *trace)
{
    for (size_t i = 0; i < trace->len; i++) {
        free(trace->op[i].name);
        free(trace->op[i].to);
        free(trace->op[i].bytes);
    }
    free(trace->op);
    *trace = (struct disk_trace){0};
}

static void add_bytes(struct disk_op *op, const void *bytes, size_t len)
{
    op->bytes = malloc(len ? len : 1);
    must(op->bytes, "no memory for the trace");
    memcpy(op->bytes, bytes, len);
    op->len = len;
}

void disk_ack(const void *bytes, size_t len)
{
    if (disk.dir[0])
        add_bytes(tell(DISK_ACK, -1, NULL), bytes, len);
}

void disk_fail(int64_t n, int number, enum disk_how how)
{
    disk.calls = 0;
    disk.fail_at = n;
    disk.fail_errno = number;
    disk.how = how;
    disk.failed[0] = '\0';
}

int64_t disk_calls(void)
{
    return disk.calls;
}

const char *disk_failed(void)
{
    return disk.failed;
}

static void opened(int fd, const char *path, int flags, bool existed)
{
    struct stat st;
    must(fd < FDS, "too many descriptors");
    must(syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) == 0, "fstat");
    free(disk.fd[fd].name);
    disk.fd[fd].name = strdup(path);
    if (S_ISDIR(st.st_mode)) {
        disk.fd[fd].file = -2;
        return;
    }
    if (!existed) {
        put_name(path, disk.trace.files);
        tell(DISK_CREATE, disk.trace.files++, path);
    }
    disk.fd[fd].file = file_of(path);
    must(disk.fd[fd].file >= 0, "a file was there before the watch began");
    if (existed && (flags & O_TRUNC))
        tell(DISK_RESIZE, disk.fd[fd].file, NULL)->at = 0;
}

static int do_open(const char *call, int dirfd, const char *path, int flags, mode_t mode)
{
    char full[PATH_MAX];
    struct stat st;
    const char *name = disk.dir[0] ? path_of(dirfd, path, full) : NULL;
    if (!name)
        return (int)syscall(SYS_openat, dirfd, path, flags, mode);
    if (fails(call, name, flags & O_CREAT ? NEEDS_ROOM : NEEDS_NOTHING))
        return -1;
    bool existed = syscall(SYS_newfstatat, AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    int fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
    if (fd >= 0)
        opened(fd, name, flags, existed);
    return fd;
}

static mode_t mode_of(int flags, va_list ap)
{
    return flags & O_CREAT ? va_arg(ap, mode_t) : 0;
}

#define OPEN_BODY(name, dirfd)                                                                     \
    va_list ap;                                                                                    \
    va_start(ap, flags);                                                                           \
    mode_t mode = mode_of(flags, ap);                                                              \
    va_end(ap);                                                                                    \
    return do_open(name, dirfd, path, flags, mode)

int open(const char *path, int flags, ...)
{
    OPEN_BODY("open", AT_FDCWD);
}

int open64(const char *path, int flags, ...)
{
    OPEN_BODY("open", AT_FDCWD);
}

int openat(int dirfd, const char *path, int flags, ...)
{
    OPEN_BODY("openat", dirfd);
}

int openat64(int dirfd, const char *path, int flags, ...)
{
    OPEN_BODY("openat", dirfd);
}

int close(int fd)
{
    if (fd >= 0 && fd < FDS && disk.fd[fd].name) {
        free(disk.fd[fd].name);
        disk.fd[fd] = (struct open_file){.file = -1};
    }
    return (int)syscall(SYS_close, fd);
}

static void wrote(int fd, const void *bytes, ssize_t len, off_t at)
{
    if (len <= 0)
        return;
    struct disk_op *op = tell(DISK_WRITE, disk.fd[fd].file, NULL);
    op->at = at;
    add_bytes(op, bytes, (size_t)len);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    if (!ours(fd))
        return syscall(SYS_pwrite64, fd, bytes, len, at);
    if (fails("pwrite", disk.fd[fd].name, NEEDS_ROOM))
        return -1;
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, len, at);
    wrote(fd, bytes, done, at);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return pwrite64(fd, bytes, len, at);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    if (!ours(fd))
        return syscall(SYS_write, fd, bytes, len);
    if (fails("write", disk.fd[fd].name, NEEDS_ROOM))
        return -1;
    off_t at = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    ssize_t done = syscall(SYS_write, fd, bytes, len);
    wrote(fd, bytes, done, at);
    return done;
}

ssize_t pread64(int fd, void *bytes, size_t len, off64_t at)
{
    if (ours(fd) && fails("pread", disk.fd[fd].name, NEEDS_NOTHING))
        return -1;
    return syscall(SYS_pread64, fd, bytes, len, at);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t at)
{
    return pread64(fd, bytes, len, at);
}

ssize_t read(int fd, void *bytes, size_t len)
{
    if (ours(fd) && fails("read", disk.fd[fd].name, NEEDS_NOTHING))
        return -1;
    return syscall(SYS_read, fd, bytes, len);
}

int ftruncate64(int fd, off64_t size)
{
    if (!ours(fd))
        return (int)syscall(SYS_ftruncate, fd, size);
    if (fails("ftruncate", disk.fd[fd].name, NEEDS_ROOM))
        return -1;
    int result = (int)syscall(SYS_ftruncate, fd, size);
    if (result == 0)
        tell(DISK_RESIZE, disk.fd[fd].file, NULL)->at = size;
    return result;
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

/* Gives an errno and does not set it, fallocate(3p). */
int posix_fallocate64(int fd, off64_t at, off64_t len)
{
    if (ours(fd) && fails("fallocate", disk.fd[fd].name, NEEDS_ROOM))
        return errno;
    if (syscall(SYS_fallocate, fd, 0, at, len))
        return errno;
    if (ours(fd))
        tell(DISK_RESIZE, disk.fd[fd].file, NULL)->at = at + len;
    return 0;
}

int posix_fallocate(int fd, off_t at, off_t len)
{
    return posix_fallocate64(fd, at, len);
}

static int sync_file(const char *call, long number, int fd)
{
    if (!ours(fd))
        return (int)syscall(number, fd);
    if (fails(call, disk.fd[fd].name, NEEDS_NOTHING))
        return -1;
    int result = (int)syscall(number, fd);
    if (result == 0 && disk.fd[fd].file == -2)
        tell(DISK_SYNC_DIR, -1, disk.fd[fd].name);
    else if (result == 0)
        tell(DISK_SYNC, disk.fd[fd].file, NULL);
    return result;
}

int fsync(int fd)
{
    return sync_file("fsync", SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_file("fdatasync", SYS_fdatasync, fd);
}

int unlinkat(int dirfd, const char *path, int flags)
{
    char full[PATH_MAX];
    const char *name = disk.dir[0] ? path_of(dirfd, path, full) : NULL;
    if (name && fails("unlink", name, NEEDS_NOTHING))
        return -1;
    int result = (int)syscall(SYS_unlinkat, dirfd, path, flags);
    if (result == 0 && name) {
        tell(DISK_UNLINK, file_of(name), name);
        drop_name(name);
    }
    return result;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

static int do_rename(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    char full_from[PATH_MAX], full_to[PATH_MAX];
    const char *name = disk.dir[0] ? path_of(from_fd, from, full_from) : NULL;
    const char *target = name ? path_of(to_fd, to, full_to) : NULL;
    if (target && fails("rename", target, NEEDS_ROOM))
        return -1;
    int result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
    if (result || !target)
        return result;
    int file = file_of(name);
    struct disk_op *op = tell(DISK_RENAME, file, name);
    op->to = strdup(target);
    drop_name(name);
    drop_name(target);
    put_name(target, file);
    return 0;
}

int rename(const char *from, const char *to)
{
    return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    return do_rename(from_fd, from, to_fd, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
    char full[PATH_MAX];
    const char *name = disk.dir[0] ? path_of(AT_FDCWD, path, full) : NULL;
    if (name && fails("mkdir", name, NEEDS_ROOM))
        return -1;
    int result = (int)syscall(SYS_mkdir, path, mode);
    if (result == 0 && name)
        tell(DISK_MKDIR, -1, name);
    return result;
}

static int do_fcntl(int fd, int command, void *argument)
{
    bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
                 command == F_GETLK || command == F_OFD_GETLK;
    if (locks && ours(fd) && fails("lock", disk.fd[fd].name, NEEDS_NOTHING))
        return -1;
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
    va_list ap;
    va_start(ap, command);
    void *argument = va_arg(ap, void *);
    va_end(ap);
    return do_fcntl(fd, command, argument);
}

int fcntl(int fd, int command, ...)
{
    va_list ap;
    va_start(ap, command);
    void *argument = va_arg(ap, void *);
    va_end(ap);
    return do_fcntl(fd, command, argument);
}

int stat64(const char *restrict path, struct stat64 *restrict out)
{
    if (disk.dir[0] && watching(path) && fails("stat", path, NEEDS_NOTHING))
        return -1;
    return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, 0);
}

int fstat64(int fd, struct stat64 *out)
{
    if (ours(fd) && fails("fstat", disk.fd[fd].name, NEEDS_NOTHING))
        return -1;
    return (int)syscall(SYS_newfstatat, fd, "", out, AT_EMPTY_PATH);
}

int access(const char *path, int mode)
{
    if (disk.dir[0] && watching(path) && fails("access", path, NEEDS_NOTHING))
        return -1;
    return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}
