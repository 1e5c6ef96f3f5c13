/*
 * Ballast: a file that holds room on the disk, to be thrown away when the disk is full, so that the
 * journal's last words (why it stopped, and where) still fit. It holds nothing and is never read.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "state/store_private.h"

/* On a disk that is nearly full the ballast would be what fills it. */
static bool has_room(int dir_fd)
{
    struct statvfs fs;
    return fstatvfs(dir_fd, &fs) == 0 &&
           (uint64_t)fs.f_bavail * fs.f_frsize >= UINT64_C(2) * STORE_BALLAST_BYTES;
}

static bool is_there(int dir_fd)
{
    struct stat st;
    return fstatat(dir_fd, STORE_BALLAST, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_size >= STORE_BALLAST_BYTES;
}

/* posix_fallocate gives blocks, not a hole: a hole would hold no room. */
void store_ballast_make(int dir_fd)
{
    if (is_there(dir_fd) || !has_room(dir_fd))
        return;
    int fd = openat(dir_fd, STORE_BALLAST, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (posix_fallocate(fd, 0, STORE_BALLAST_BYTES))
        unlinkat(dir_fd, STORE_BALLAST, 0);
    close(fd);
}

bool store_give_room(struct store *store)
{
    int dir_fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir_fd < 0)
        return false;
    bool given = unlinkat(dir_fd, STORE_BALLAST, 0) == 0;
    close(dir_fd);
    return given;
}
