/*
 * The checks of files. A file is complained about once for each place that names it, as each place
 * must be corrected.
 */
#include "steps/spec_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "steps/spec_key_file.h"
#include "steps/spec_keys.h"

enum { KEY_FILE_MAX = 64 * 1024 };

/* O_NONBLOCK: a FIFO that nobody writes to must not stop us. */
static int open_file(struct spec_fault_list *list, const char *pointer, const char *path,
                     struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    if (fd >= 0) {
        close(fd);
        spec_fault_at(list, pointer, "'%s' is not a regular file; write the path of one", path);
    } else if (errno == ENOENT || errno == ENOTDIR) {
        spec_fault_at(list, pointer,
                      "there is no file '%s'; make it, or write the path of the right one", path);
    } else {
        spec_fault_at(list, pointer, "'%s' cannot be opened: %s; let this user read it", path,
                      strerror(errno));
    }
    return -1;
}

/* Whether only we can read it. */
static void check_private(struct spec_fault_list *list, const char *pointer, const char *path,
                          const struct stat *st)
{
    unsigned mode = st->st_mode & 07777;
    if (st->st_uid != geteuid())
        spec_fault_at(list, pointer,
                      "'%s' belongs to user %u and this is user %u; run 'chown %u %s'", path,
                      (unsigned)st->st_uid, (unsigned)geteuid(), (unsigned)geteuid(), path);
    else if (mode != 0600 && mode != 0400)
        spec_fault_at(list, pointer, "'%s' has mode 0%03o; run 'chmod 0600 %s'", path, mode, path);
}

/* What a key that will not do is, and what to do about it; NULL for one that will. */
static const char *key_complaint(enum spec_key_kind kind)
{
    switch (kind) {
    case SPEC_KEY_GOOD:
        break;
    case SPEC_KEY_RSA:
        return "an RSA key, which libssh2 1.10 cannot use with the servers of today (it signs with "
               "SHA-1 only); make one with 'ssh-keygen -t ed25519'";
    case SPEC_KEY_DSA:
        return "a DSA key, which no server of today takes; make one with 'ssh-keygen -t ed25519'";
    case SPEC_KEY_HARDWARE:
        return "a key on a hardware token, which somebody would have to touch at each login; make "
               "one with 'ssh-keygen -t ed25519'";
    case SPEC_KEY_PUBLIC:
        return "a public key; write the path of the private one";
    case SPEC_KEY_PUTTY:
        return "a PuTTY key; convert it with 'puttygen KEY -O private-openssh -o NEW'";
    case SPEC_KEY_UNKNOWN:
        return "no private key of a form that is known here; make one with 'ssh-keygen -t ed25519'";
    }
    return NULL;
}

static void check_key_text(struct spec_fault_list *list, const char *pointer,
                           const struct spec_host *host, int fd)
{
    char text[KEY_FILE_MAX];
    ssize_t len = read(fd, text, sizeof text);
    struct spec_key_look look = spec_key_file_look(text, len < 0 ? 0 : (size_t)len);
    explicit_bzero(text, sizeof text);
    const char *complaint = key_complaint(look.kind);
    if (complaint != NULL)
        spec_fault_at(list, pointer, "'%s' holds %s", host->key_file, complaint);
    if (look.kind == SPEC_KEY_GOOD && look.encrypted && host->passphrase == NULL)
        spec_fault_at(list, pointer,
                      "'%s' is encrypted; write beside it where the passphrase is: \"passphrase\": "
                      "{\"file\": \"/path\"}",
                      host->key_file);
}

static void check_key(struct spec_fault_list *list, const struct spec_host *host)
{
    const char *pointer = arena_printf(list->arena, "/hosts/%s/key/file", host->name);
    struct stat st;
    int fd = open_file(list, pointer, host->key_file, &st);
    if (fd < 0)
        return;
    check_private(list, pointer, host->key_file, &st);
    check_key_text(list, pointer, host, fd);
    close(fd);
}

static void check_secret_file(struct spec_fault_list *list, const char *pointer, const char *path)
{
    struct stat st;
    int fd = open_file(list, pointer, path, &st);
    if (fd < 0)
        return;
    check_private(list, pointer, path, &st);
    if (st.st_size == 0)
        spec_fault_at(list, pointer, "'%s' is empty; put the secret into it", path);
    close(fd);
}

/* systemd makes the files with rights of its own (0400 for the unit's user). */
static void check_credential(struct spec_fault_list *list, const char *pointer, const char *name)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (dir == NULL) {
        spec_fault_at(
            list, pointer,
            "$CREDENTIALS_DIRECTORY is not set, so there is no credential '%s'; run "
            "ece-migrate as a systemd unit with LoadCredential=, or write {\"file\": \"/path\"}",
            name);
        return;
    }
    const char *path = arena_printf(list->arena, "%s/%s", dir, name);
    if (access(path, R_OK) < 0)
        spec_fault_at(list, pointer,
                      "the credential '%s' cannot be read: %s; name it in LoadCredential=", name,
                      strerror(errno));
}

/* pointer: of the object that says where the secret is. where NULL: it could not be read, and
 * somebody has complained. */
static void check_secret(struct spec_fault_list *list, const char *pointer,
                         const struct secret_ref *ref)
{
    switch (ref->kind) {
    case SECRET_FILE:
        if (ref->where != NULL)
            check_secret_file(list, arena_printf(list->arena, "%s/file", pointer), ref->where);
        break;
    case SECRET_FD:
        if (fcntl(ref->fd, F_GETFD) < 0)
            spec_fault_at(
                list, arena_printf(list->arena, "%s/fd", pointer),
                "descriptor %d is not open; start ece-migrate with it, such as '%d</path'", ref->fd,
                ref->fd);
        break;
    case SECRET_CREDENTIAL:
        check_credential(list, arena_printf(list->arena, "%s/credential", pointer), ref->where);
        break;
    }
}

/* The starter file's host key stands for one that a person has yet to look up. */
static void check_host_key(struct spec_fault_list *list, const struct spec_host *host)
{
    if (host->host_key == NULL ||
        !str_equal(host->host_key, spec_key_find(SPEC_IN_HOST, "host_key")->example))
        return;
    spec_fault_at(
        list, arena_printf(list->arena, "/hosts/%s/host_key", host->name),
        "this is the starter file's placeholder; write the fingerprint that 'ssh-keygen -lf "
        "/etc/ssh/ssh_host_ed25519_key.pub' prints on that host");
}

static void check_hosts(const struct spec *spec, struct spec_fault_list *list)
{
    for (size_t i = 0; i < spec->hosts; i++) {
        const struct spec_host *host = &spec->host[i];
        const char *pointer = arena_printf(list->arena, "/hosts/%s/key/passphrase", host->name);
        if (host->key_file != NULL)
            check_key(list, host);
        if (host->passphrase != NULL)
            check_secret(list, pointer, host->passphrase);
        check_host_key(list, host);
    }
}

static void check_ca(struct spec_fault_list *list, const char *pointer, const char *path)
{
    struct stat st;
    char text[KEY_FILE_MAX];
    int fd = open_file(list, pointer, path, &st);
    if (fd < 0)
        return;
    ssize_t len = read(fd, text, sizeof text);
    static const char label[] = "-----BEGIN CERTIFICATE-----";
    if (len <= 0 || memmem(text, (size_t)len, label, sizeof label - 1) == NULL)
        spec_fault_at(list, pointer,
                      "'%s' holds no certificate in PEM form; write the path of the CA's", path);
    close(fd);
}

static void check_endpoint(struct spec_fault_list *list, const char *pointer,
                           const struct spec_endpoint *endpoint)
{
    if (endpoint->ca_file != NULL)
        check_ca(list, arena_printf(list->arena, "%s/ca_file", pointer), endpoint->ca_file);
    check_secret(list, arena_printf(list->arena, "%s/admin/password", pointer),
                 &endpoint->admin_password);
}

void spec_files_check(const struct spec *spec, struct spec_fault_list *list)
{
    check_hosts(spec, list);
    for (size_t i = 0; i < spec->services; i++) {
        const struct spec_service *service = &spec->service[i];
        check_endpoint(list, arena_printf(list->arena, "/services/%zu/source", i),
                       &service->source);
        check_endpoint(list, arena_printf(list->arena, "/services/%zu/target", i),
                       &service->target);
    }
}
