/*
 * Process settings and the secrets' directory.
 */
#include "steps/guard/keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void keep_alive(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t ignored = write(fd, "-1000", 5);
        (void)ignored;
        close(fd);
    }
    /* On fault: locking everything that is mapped would read in all of libcrypto for nothing. */
    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    setpriority(PRIO_PROCESS, 0, -10);
    prctl(PR_SET_DUMPABLE, 0);
}

static void directory_of(char path[128], const char *id)
{
    snprintf(path, 128, "/run/ece-%s", id);
}

void keep_see_secret(struct keep_secret *out, const char *id)
{
    char dir[128], path[sizeof dir + 8];
    struct stat status;
    directory_of(dir, id);
    snprintf(path, sizeof(path), "%s/pgpass", dir);
    *out = (struct keep_secret){0};
    if (lstat(path, &status) == 0)
        *out = (struct keep_secret){
            .dev = status.st_dev, .ino = status.st_ino, .changed = status.st_ctim};
}

static bool same(const struct keep_secret *a, const struct keep_secret *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

void keep_no_secret(const char *id, const struct keep_secret *mine)
{
    char path[128];
    struct keep_secret now;
    keep_see_secret(&now, id);
    if (!same(&now, mine))
        return;
    directory_of(path, id);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(path);
}
