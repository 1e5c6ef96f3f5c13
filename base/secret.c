/*
 * Secrets: read from where they are kept, held in memory that is wiped, known to the scrubber from
 * the first moment. Nothing here formats, logs or stores one.
 */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret_scrub.h"

#define SECRET_LONGEST 65536u

struct secret {
    size_t len;
    char bytes[];
};

struct secret *secret_copy(const char *bytes, size_t len, const char *name)
{
    struct secret *secret = mem_new(sizeof *secret + len + 1);
    secret->len = len;
    memcpy(secret->bytes, bytes, len);
    secret_remember(bytes, len, name);
    return secret;
}

void secret_free(struct secret *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, sizeof *secret + secret->len);
    free(secret);
}

void secret_cleanup(struct secret **secret)
{
    secret_free(*secret);
    *secret = NULL;
}

const char *secret_reveal(const struct secret *secret)
{
    return secret->bytes;
}

size_t secret_len(const struct secret *secret)
{
    return secret->len;
}

/* Others must not be able to read it, or to have put it there. */
static int check_file(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_set_errno(err, ERR_SPEC, "cannot read the rights of secret file '%s'", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_SPEC, "secret file '%s' is not a regular file", path);
    if (st.st_uid != geteuid())
        return err_set(err, ERR_SPEC,
                       "secret file '%s' belongs to user %u, not to us (user %u): chown it", path,
                       st.st_uid, geteuid());
    if (st.st_mode & 07177)
        return err_set(err, ERR_SPEC,
                       "secret file '%s' has mode %04o, it must be 0600 or 0400: chmod 600 it",
                       path, st.st_mode & 07777u);
    return 0;
}

/* systemd shows credentials to a service that is not root by an access list, so the owner may be
 * root and the group bits its mask. */
static int check_credential(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_set_errno(err, ERR_SPEC, "cannot read the rights of credential '%s'", path);
    if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) || st.st_mode & 0037)
        return err_set(err, ERR_SPEC,
                       "credential '%s' is not a file that only we can read (mode %04o, user %u)",
                       path, st.st_mode & 07777u, st.st_uid);
    return 0;
}

/* Reads to the end, into a buffer with one byte more than is allowed, so that too long is seen. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, buf + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

static int check_length(size_t len, const char *what, struct err *err)
{
    if (len == 0)
        return err_set(err, ERR_SPEC, "secret %s is empty", what);
    if (len > SECRET_LONGEST)
        return err_set(err, ERR_SPEC, "secret %s is longer than 64 KiB", what);
    if (len < SECRET_SHORTEST)
        return err_set(err, ERR_SPEC,
                       "secret %s is shorter than %d bytes: it could not be kept out of logs", what,
                       SECRET_SHORTEST);
    return 0;
}

static struct secret *take(int fd, const char *what, const char *name, struct err *err)
{
    const size_t size = SECRET_LONGEST + 2;
    char *buf = mem_new(size);
    struct secret *secret = NULL;
    ssize_t got = read_all(fd, buf, size);
    size_t len = got < 0 ? 0 : (size_t)got;
    if (len && buf[len - 1] == '\n')
        len--;
    if (got < 0)
        err_set_errno(err, ERR_SPEC, "cannot read secret %s", what);
    else if (!check_length(len, what, err))
        secret = secret_copy(buf, len, name);
    explicit_bzero(buf, size);
    free(buf);
    return secret;
}

typedef int check_fn(int fd, const char *path, struct err *err);

static struct secret *load_path(const char *path, check_fn *check, const char *name,
                                struct err *err)
{
    /* O_NONBLOCK: a FIFO in its place must not make us wait for a writer before we can refuse it.
     */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ELOOP)
            err_set(err, ERR_SPEC, "secret file '%s' is a symbolic link: name the file itself",
                    path);
        else
            err_set_errno(err, ERR_SPEC, "cannot open secret file '%s'", path);
        return NULL;
    }
    struct secret *secret = NULL;
    char what[PATH_MAX + 16];
    snprintf(what, sizeof what, "file '%s'", path);
    if (!check(fd, path, err))
        secret = take(fd, what, name, err);
    close(fd);
    return secret;
}

/* The descriptor stays open: closing a number that somebody mistyped could close our own state file
 * and drop its locks. */
static struct secret *load_fd(int fd, const char *name, struct err *err)
{
    char what[32];
    snprintf(what, sizeof what, "descriptor %d", fd);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC)) {
        err_set_errno(err, ERR_SPEC, "secret %s was not inherited", what);
        return NULL;
    }
    return take(fd, what, name, err);
}

static struct secret *load_credential(const char *where, const char *name, struct err *err)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (!dir) {
        err_set(err, ERR_SPEC,
                "credential '%s': $CREDENTIALS_DIRECTORY is not set; run as a systemd unit with "
                "LoadCredential=",
                where);
        return NULL;
    }
    if (!where[0] || strchr(where, '/') || !strcmp(where, ".") || !strcmp(where, "..")) {
        err_set(err, ERR_SPEC, "credential '%s' is not a name: it must have no '/'", where);
        return NULL;
    }
    CLEANUP(str_free) struct str path = STR_INIT;
    str_printf(&path, "%s/%s", dir, where);
    return load_path(str_text(&path), check_credential, name, err);
}

struct secret *secret_load(const struct secret_ref *ref, const char *name, struct err *err)
{
    switch (ref->kind) {
    case SECRET_FILE:
        return load_path(ref->where, check_file, name, err);
    case SECRET_FD:
        return load_fd(ref->fd, name, err);
    case SECRET_CREDENTIAL:
        return load_credential(ref->where, name, err);
    }
    err_set(err, ERR_INTERNAL, "secret '%s' is of unknown kind %d", name, (int)ref->kind);
    return NULL;
}

struct secret *secret_random(size_t n, const char *name, struct err *err)
{
    unsigned char bytes[64];
    char text[96];
    if (n < 16 || n > sizeof bytes) {
        err_set(err, ERR_INTERNAL, "secret '%s' of %zu random bytes: 16 to 64 are allowed", name,
                n);
        return NULL;
    }
    if (getrandom(bytes, n, 0) != (ssize_t)n) {
        err_set_errno(err, ERR_INTERNAL, "cannot get %zu random bytes for secret '%s'", n, name);
        return NULL;
    }
    secret_base64(text, bytes, n);
    struct secret *secret = secret_copy(text, secret_base64_len(n), name);
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(text, sizeof text);
    return secret;
}
