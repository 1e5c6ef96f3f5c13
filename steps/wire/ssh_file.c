/*
 * Whole files by SFTP (version 3, draft-ietf-secsh-filexfer-02); see ssh.h. One connection keeps
 * one SFTP channel.
 */
#include <string.h>

#include "steps/wire/ssh_session.h"

#define CHUNK 30000

static unsigned int path_len(const char *path)
{
    return (unsigned int)strlen(path);
}

static int subsystem(struct ssh *ssh, const struct deadline *deadline, struct err *err)
{
    int rc = 0;
    while (!ssh->sftp) {
        ssh->sftp = libssh2_sftp_init(ssh->session);
        rc = ssh->sftp ? 0 : libssh2_session_last_errno(ssh->session);
        if (!ssh->sftp && !ssh_again(ssh, rc, deadline))
            return ssh_fail(ssh, rc, "starting sftp", err);
    }
    return 0;
}

static const char *status_text(unsigned long status)
{
    switch (status) {
    case LIBSSH2_FX_NO_SUCH_FILE:
        return "no such file or directory";
    case LIBSSH2_FX_PERMISSION_DENIED:
        return "permission denied";
    case LIBSSH2_FX_FAILURE:
        return "the server says 'failure' (disk full, not a file, or already there)";
    case LIBSSH2_FX_OP_UNSUPPORTED:
        return "the server cannot do this";
    default:
        return "the server refuses";
    }
}

/* libssh2 has one number for "the server said no"; any other is about the connection. */
static int fail(struct ssh *ssh, ssize_t rc, const char *path, const char *doing, struct err *err)
{
    if (rc == LIBSSH2_ERROR_SFTP_PROTOCOL) {
        unsigned long status = libssh2_sftp_last_error(ssh->sftp);
        return err_set(err, ERR_REMOTE, "%s '%s' on '%s': %s (sftp status %lu)", doing, path,
                       ssh->host->name, status_text(status), status);
    }
    (void)ssh_fail(ssh, rc, doing, err);
    return err_add(err, "file '%s'", path);
}

static LIBSSH2_SFTP_HANDLE *open_file(struct ssh *ssh, const char *path, unsigned long flags,
                                      long mode, const struct deadline *deadline, int *out_rc)
{
    LIBSSH2_SFTP_HANDLE *file;
    do {
        file = libssh2_sftp_open_ex(ssh->sftp, path, path_len(path), flags, mode,
                                    LIBSSH2_SFTP_OPENFILE);
        *out_rc = file ? 0 : libssh2_session_last_errno(ssh->session);
    } while (!file && ssh_again(ssh, *out_rc, deadline));
    return file;
}

static int close_file(struct ssh *ssh, LIBSSH2_SFTP_HANDLE *file, const struct deadline *deadline)
{
    int rc;
    do
        rc = libssh2_sftp_close(file);
    while (ssh_again(ssh, rc, deadline));
    return rc;
}

static int read_all(struct ssh *ssh, LIBSSH2_SFTP_HANDLE *file, const char *path, size_t max,
                    const struct deadline *deadline, struct str *out, struct err *err)
{
    char bytes[CHUNK];
    for (;;) {
        ssize_t rc;
        do
            rc = libssh2_sftp_read(file, bytes, sizeof bytes);
        while (ssh_again(ssh, rc, deadline));
        if (rc < 0)
            return fail(ssh, rc, path, "reading", err);
        if (rc == 0)
            return 0;
        if ((size_t)rc > max - out->len)
            return err_set(err, ERR_REMOTE, "file '%s' on '%s' is larger than %zu bytes", path,
                           ssh->host->name, max);
        str_add_n(out, bytes, (size_t)rc);
    }
}

int ssh_file_read(struct ssh *ssh, const char *path, size_t max, int64_t limit_ms, struct str *out,
                  bool *out_missing, struct err *err)
{
    struct deadline deadline = deadline_in_ms(ssh->clock, limit_ms);
    int why;
    *out_missing = false;
    if (subsystem(ssh, &deadline, err) != 0)
        return -1;
    LIBSSH2_SFTP_HANDLE *file = open_file(ssh, path, LIBSSH2_FXF_READ, 0, &deadline, &why);
    if (!file && why == LIBSSH2_ERROR_SFTP_PROTOCOL &&
        libssh2_sftp_last_error(ssh->sftp) == LIBSSH2_FX_NO_SUCH_FILE) {
        *out_missing = true;
        return 0;
    }
    if (!file)
        return fail(ssh, why, path, "opening", err);
    int rc = read_all(ssh, file, path, max, &deadline, out, err);
    if (!ssh->broken && (why = close_file(ssh, file, &deadline)) != 0 && rc == 0)
        rc = fail(ssh, why, path, "closing", err);
    return rc;
}

/* A file of this name is our own, left by an attempt that died. */
static int remove_stale(struct ssh *ssh, const char *path, const struct deadline *deadline,
                        struct err *err)
{
    int rc;
    do
        rc = libssh2_sftp_unlink_ex(ssh->sftp, path, path_len(path));
    while (ssh_again(ssh, rc, deadline));
    if (rc == 0 || (rc == LIBSSH2_ERROR_SFTP_PROTOCOL &&
                    libssh2_sftp_last_error(ssh->sftp) == LIBSSH2_FX_NO_SUCH_FILE))
        return 0;
    return fail(ssh, rc, path, "removing", err);
}

/* The server's umask took bits away at the creation; what is asked for is exact. */
static int set_mode(struct ssh *ssh, LIBSSH2_SFTP_HANDLE *file, const char *path, mode_t mode,
                    const struct deadline *deadline, struct err *err)
{
    LIBSSH2_SFTP_ATTRIBUTES want = {.flags = LIBSSH2_SFTP_ATTR_PERMISSIONS,
                                    .permissions = mode & 07777};
    int rc;
    do
        rc = libssh2_sftp_fsetstat(file, &want);
    while (ssh_again(ssh, rc, deadline));
    return rc == 0 ? 0 : fail(ssh, rc, path, "setting the mode of", err);
}

static int write_all(struct ssh *ssh, LIBSSH2_SFTP_HANDLE *file, const char *path,
                     const char *bytes, size_t len, const struct deadline *deadline,
                     struct err *err)
{
    while (len > 0) {
        ssize_t rc;
        do
            rc = libssh2_sftp_write(file, bytes, len < CHUNK ? len : CHUNK);
        while (ssh_again(ssh, rc, deadline));
        if (rc < 0)
            return fail(ssh, rc, path, "writing", err);
        bytes += rc;
        len -= (size_t)rc;
    }
    return 0;
}

/* fsync@openssh.com; a server that lacks it says so, and then the file is as safe as its file
 * system makes it. */
static int sync_file(struct ssh *ssh, LIBSSH2_SFTP_HANDLE *file, const char *path,
                     const struct deadline *deadline, struct err *err)
{
    int rc;
    do
        rc = libssh2_sftp_fsync(file);
    while (ssh_again(ssh, rc, deadline));
    if (rc == 0 || (rc == LIBSSH2_ERROR_SFTP_PROTOCOL &&
                    libssh2_sftp_last_error(ssh->sftp) == LIBSSH2_FX_OP_UNSUPPORTED))
        return 0;
    return fail(ssh, rc, path, "syncing", err);
}

int ssh_file_write(struct ssh *ssh, const char *path, mode_t mode, const void *bytes, size_t len,
                   int64_t limit_ms, struct err *err)
{
    const unsigned long flags = LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_EXCL;
    struct deadline deadline = deadline_in_ms(ssh->clock, limit_ms);
    int why;
    if (subsystem(ssh, &deadline, err) != 0 || remove_stale(ssh, path, &deadline, err) != 0)
        return -1;
    LIBSSH2_SFTP_HANDLE *file = open_file(ssh, path, flags, 0600, &deadline, &why);
    if (!file)
        return fail(ssh, why, path, "creating", err);
    int rc = set_mode(ssh, file, path, mode, &deadline, err);
    if (rc == 0)
        rc = write_all(ssh, file, path, bytes, len, &deadline, err);
    if (rc == 0)
        rc = sync_file(ssh, file, path, &deadline, err);
    if (!ssh->broken && (why = close_file(ssh, file, &deadline)) != 0 && rc == 0)
        rc = fail(ssh, why, path, "closing", err);
    return rc;
}
