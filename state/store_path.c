/*
 * The state directory and file as the file system shows them. SQLite's guarantees hold only for a
 * file that nobody else can change, under one name, on a file system with working locks. Nothing
 * here opens the database file: closing it again would drop every lock this process has on it
 * (fcntl(2), "record locks are automatically released").
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc.h"
#include "state/store_private.h"

/* https://www.sqlite.org/fileformat2.html#page_size */
#define SMALLEST_PAGE 512

/* statfs(2), linux/magic.h. */
static const struct {
    unsigned long type;
    const char *name;
} refused[] = {
    {0x6969, "nfs"},        {0x517B, "smb"},      {0xFF534D42, "cifs"},  {0xFE534D42, "smb2"},
    {0x65735546, "fuse"},   {0x01021997, "9p"},   {0x5346414F, "afs"},   {0x6B414653, "afs"},
    {0x00C36400, "ceph"},   {0x73757245, "coda"}, {0x564C, "ncp"},       {0x0BD00BD0, "lustre"},
    {0x786F4256, "vboxsf"}, {0x01161970, "gfs2"}, {0x7461636F, "ocfs2"}, {0x2030528, "pvfs2"},
};

const char *store_fs_refused(unsigned long type)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (refused[i].type == (type & 0xFFFFFFFF))
            return refused[i].name;
    return NULL;
}

static int check_dir(int fd, const char *dir, struct err *err)
{
    struct stat st;
    struct statfs fs;
    if (fstat(fd, &st) || fstatfs(fd, &fs))
        return err_set_errno(err, ERR_STATE, "cannot look at state directory '%s'", dir);
    if (st.st_uid != geteuid())
        return err_set(
            err, ERR_STATE,
            "state directory '%s' belongs to user %u, not to us (user %u): use one of your own",
            dir, st.st_uid, geteuid());
    if (st.st_mode & 077)
        return err_set(err, ERR_STATE,
                       "state directory '%s' has mode %04o, it must be 0700: chmod 700 it", dir,
                       st.st_mode & 07777u);
    const char *name = store_fs_refused((unsigned long)fs.f_type);
    if (name)
        return err_set(err, ERR_STATE,
                       "state directory '%s' is on a file system (%s) whose locks cannot be "
                       "trusted: use a local disk",
                       dir, name);
    return 0;
}

static int open_failed(const char *dir, struct err *err)
{
    struct stat st;
    if (errno == ENOENT)
        return err_set(
            err, ERR_STATE,
            "there is no state directory '%s': name the one that the migration was begun in", dir);
    if ((errno == ELOOP || errno == ENOTDIR) && lstat(dir, &st) == 0 && S_ISLNK(st.st_mode))
        return err_set(err, ERR_STATE,
                       "state directory '%s' is a symbolic link: name the directory itself", dir);
    return err_set_errno(err, ERR_STATE, "cannot open state directory '%s'", dir);
}

/* A slash at the end would make open(2) follow a symbolic link that O_NOFOLLOW is to refuse. */
static void cut_slashes(char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        path[--len] = '\0';
}

/* Its name is in the directory above it, which must be on disk before anything in it counts. */
static int make_dir(const char *name, struct err *err)
{
    if (mkdir(name, 0700))
        return errno == EEXIST ? 0
                               : err_set_errno(err, store_errno_code(),
                                               "cannot make state directory '%s'", name);
    int made = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int fd = made < 0 ? -1 : openat(made, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 || fsync(fd)
                     ? err_set_errno(err, store_errno_code(),
                                     "cannot sync the directory above state directory '%s'", name)
                     : 0;
    if (fd >= 0)
        close(fd);
    if (made >= 0)
        close(made);
    return result;
}

int store_dir_open(const char *dir, bool create, char **out_dir, int *out_fd, struct err *err)
{
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s", dir) >= (int)sizeof name)
        return err_set(err, ERR_STATE, "state directory has a name of more than %d bytes",
                       PATH_MAX - 1);
    cut_slashes(name);
    if (create && make_dir(name, err))
        return -1;
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return open_failed(name, err);
    int result = check_dir(fd, name, err);
    /* SQLite refuses a symbolic link anywhere in a path; those above our directory are none of our
     * business. */
    char *real = result ? NULL : realpath(name, NULL);
    if (!result && !real)
        result = err_set_errno(err, ERR_STATE, "cannot resolve state directory '%s'", name);
    if (result) {
        close(fd);
        return -1;
    }
    *out_dir = real;
    *out_fd = fd;
    return 0;
}

int store_file_check(int dir_fd, const char *dir, bool *out_exists, struct err *err)
{
    struct stat st;
    *out_exists = fstatat(dir_fd, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*out_exists && errno == ENOENT)
        return 0;
    if (!*out_exists)
        return err_set_errno(err, ERR_STATE, "cannot look at state file '%s/" STORE_FILE "'", dir);
    if (S_ISLNK(st.st_mode))
        return err_set(
            err, ERR_STATE,
            "state file '%s/" STORE_FILE "' is a symbolic link: put the file itself there", dir);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_STATE, "state file '%s/" STORE_FILE "' is not a regular file", dir);
    if (st.st_uid != geteuid())
        return err_set(err, ERR_STATE,
                       "state file '%s/" STORE_FILE "' belongs to user %u, not to us (user %u)",
                       dir, st.st_uid, geteuid());
    if (st.st_mode & 077)
        return err_set(err, ERR_STATE,
                       "state file '%s/" STORE_FILE
                       "' has mode %04o, it must be 0600: chmod 600 it",
                       dir, st.st_mode & 07777u);
    if (st.st_nlink != 1)
        return err_set(err, ERR_STATE,
                       "state file '%s/" STORE_FILE
                       "' has %lu names, it must have one: remove the others",
                       dir, (unsigned long)st.st_nlink);
    /* SQLite would take what is shorter than a header for an empty database. */
    if (st.st_size < SMALLEST_PAGE)
        return err_set(err, ERR_STATE,
                       "state file '%s/" STORE_FILE
                       "' is only %lld bytes long: something cut it; restore it from a backup",
                       dir, (long long)st.st_size);
    return 0;
}

bool store_file_hot(int dir_fd)
{
    struct stat st;
    return fstatat(dir_fd, STORE_FILE "-journal", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0;
}

pid_t store_file_locker(const char *path)
{
    struct stat st;
    char line[256];
    pid_t pid = 0;
    FILE *file = stat(path, &st) ? NULL : fopen("/proc/locks", "re");
    while (file && !pid && fgets(line, sizeof line, file)) {
        int64_t holder = 0;
        uint64_t inode = 0;
        if (proc_lock_holder(line, &holder, &inode) && inode == st.st_ino && holder != getpid())
            pid = (pid_t)holder;
    }
    if (file)
        fclose(file);
    return pid;
}
