/*
 * Files on remote hosts; see remote.h. A file is made beside its place and renamed over it, so that
 * a reader sees the old one or the new one. SFTP's own rename does not replace (version 3), and
 * libssh2 1.10 lacks OpenSSH's that does: the last step is a command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "steps/wire/remote.h"
#include "steps/wire/remote_quote.h"
#include "steps/wire/world_link.h"

/* Files here are a few kilobytes; this is for the slowest link that is still worth using. */
#define FILE_MS 30000

#define INSTALL_MS 20000

#define SECRET_MAX ((size_t)64 << 10)

/* temporary file, its place, the place's directory, owner or nothing. The directory is synced: a
 * rename is only as durable as its directory. */
static const char install_script[] = "set -eu\n"
                                     "if [ -n \"$4\" ]; then chown -- \"$4\" \"$1\"; fi\n"
                                     "mv -fT -- \"$1\" \"$2\"\n"
                                     "sync -- \"$3\"\n";

struct place {
    char *dir;  /* with its final slash, "" when the path has none */
    char *temp; /* ".NAME.ece-tmp" in dir */
};

static struct place place_of(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    struct place place = {.dir = arena_strndup(arena, path, len)};
    place.temp = arena_printf(arena, "%s.%s.ece-tmp", place.dir, path + len);
    return place;
}

static int write_temp(struct world *world, const struct spec_host *host, const char *temp,
                      mode_t mode, const void *bytes, size_t len, struct err *err)
{
    /* Writing a file of our own again is harmless, so a connection lost while idle gets one more
     * try. */
    for (int attempt = 0;; attempt++) {
        struct ssh *ssh;
        if (world_link(&ssh, world, host, err) != 0)
            return -1;
        if (ssh_file_write(ssh, temp, mode, bytes, len, FILE_MS, err) == 0)
            return 0;
        if (attempt > 0 || err->code != ERR_UNREACHABLE)
            return -1;
        err_clear(err);
    }
}

static int install(struct world *world, const struct spec_host *host, const struct place *place,
                   const char *path, const char *owner, struct arena *arena, struct err *err)
{
    const char *const argv[] = {place->temp, path, *place->dir ? place->dir : ".",
                                owner ? owner : "", NULL};
    const struct remote_cmd cmd = {
        .argv = argv, .script = install_script, .timeout_ms = INSTALL_MS};
    struct remote_reply reply;
    return remote_change_ok(world, host, &cmd, arena, &reply, err);
}

struct content {
    const void *bytes;
    size_t len;
    const void *shown; /* what the journal sees: the bytes, or "" for a secret */
    size_t shown_len;
};

static int put(struct world *world, const struct spec_host *host, const char *path, mode_t mode,
               const char *owner, const struct content *content, struct err *err)
{
    const char *const told[] = {path, NULL};
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct place place = place_of(path, arena);
    if (world_may_change(world, arena_printf(arena, "write '%s' on '%s'", path, host->name), err) !=
        0)
        return -1;
    int64_t began_us = world_now_us(world);
    int rc = write_temp(world, host, place.temp, mode, content->bytes, content->len, err);
    world_tell(world,
               (struct world_io){.host = host->name,
                                 .kind = "put",
                                 .argv = told,
                                 .in = content->shown,
                                 .in_len = content->shown_len,
                                 .status = rc == 0 ? 0 : -1,
                                 .failure = rc == 0 ? NULL : err->text},
               began_us);
    if (rc == 0)
        rc = install(world, host, &place, path, owner, arena, err);
    return rc == 0 ? 0 : err_add(err, "write '%s' on '%s'", path, host->name);
}

int remote_put(struct world *world, const struct spec_host *host, const char *path, mode_t mode,
               const char *owner, const void *bytes, size_t len, struct err *err)
{
    char shown[64];
    int shown_len = snprintf(shown, sizeof shown, "[%zu bytes that are no text]", len);
    struct content content = {bytes, len, bytes, len};
    if (len > 0 && memchr(bytes, '\0', len)) {
        content.shown = shown;
        content.shown_len = (size_t)shown_len;
    }
    return put(world, host, path, mode, owner, &content, err);
}

int remote_put_secret(struct world *world, const struct spec_host *host, const char *path,
                      const char *owner, const char *prefix, const struct secret *secret,
                      const char *suffix, struct err *err)
{
    size_t before = prefix ? strlen(prefix) : 0, middle = secret_len(secret),
           after = suffix ? strlen(suffix) : 0, len = before + middle + after;
    char *bytes = mem_new(len + 1);
    if (before > 0)
        memcpy(bytes, prefix, before);
    memcpy(bytes + before, secret_reveal(secret), middle);
    if (after > 0)
        memcpy(bytes + before + middle, suffix, after);
    char shown[64];
    int shown_len = snprintf(shown, sizeof shown, "[%zu bytes with a secret]", len);
    const struct content content = {bytes, len, shown, (size_t)shown_len};
    int rc = put(world, host, path, 0600, owner, &content, err);
    explicit_bzero(bytes, len);
    free(bytes);
    return rc;
}

static int read_file(struct world *world, const struct spec_host *host, const char *path,
                     size_t max, struct str *into, bool *missing, struct err *err)
{
    for (int attempt = 0;; attempt++) {
        struct ssh *ssh;
        if (world_link(&ssh, world, host, err) != 0)
            return -1;
        str_clear(into);
        if (ssh_file_read(ssh, path, max, FILE_MS, into, missing, err) == 0)
            return 0;
        if (attempt > 0 || err->code != ERR_UNREACHABLE)
            return -1;
        err_clear(err);
    }
}

int remote_get(struct world *world, const struct spec_host *host, const char *path, size_t max,
               struct arena *arena, const char **out, size_t *out_len, bool *out_missing,
               struct err *err)
{
    const char *const told[] = {path, NULL};
    CLEANUP(str_free) struct str got = STR_INIT;
    bool missing = false;
    int64_t began_us = world_now_us(world);
    int rc = read_file(world, host, path, max, &got, &missing, err);
    if (rc == 0 && missing && !out_missing)
        rc = err_set(err, ERR_REMOTE, "no file '%s' on '%s'", path, host->name);
    world_tell(world,
               (struct world_io){.host = host->name,
                                 .kind = "get",
                                 .argv = told,
                                 .out = str_text(&got),
                                 .out_len = got.len,
                                 .status = rc == 0 ? missing : -1,
                                 .failure = rc == 0 ? NULL : err->text},
               began_us);
    if (rc != 0)
        return err_add(err, "read '%s' on '%s'", path, host->name);
    *out = world_copy(arena, str_text(&got), got.len);
    *out_len = got.len;
    if (out_missing)
        *out_missing = missing;
    return 0;
}

/* The bytes as a secret; what held them meanwhile is wiped. */
static void take_secret(struct str *got, const char *name, bool missing, struct secret **out)
{
    if (!missing)
        *out = secret_copy(str_text(got), got->len, name);
    if (got->text)
        explicit_bzero(got->text, got->room);
}

int remote_get_secret(struct world *world, const struct spec_host *host, const char *path,
                      const char *name, struct secret **out, bool *out_missing, struct err *err)
{
    const char *const told[] = {path, NULL};
    CLEANUP(str_free) struct str got = STR_INIT;
    bool missing = false;
    char shown[64];
    int64_t began_us = world_now_us(world);
    *out = NULL;
    int rc = read_file(world, host, path, SECRET_MAX, &got, &missing, err);
    int len = snprintf(shown, sizeof shown, "[%zu bytes with a secret]", got.len);
    world_tell(world,
               (struct world_io){.host = host->name,
                                 .kind = "get",
                                 .argv = told,
                                 .out = missing ? "" : shown,
                                 .out_len = missing ? 0 : (size_t)len,
                                 .status = rc == 0 ? missing : -1,
                                 .failure = rc == 0 ? NULL : err->text},
               began_us);
    if (rc != 0)
        return err_add(err, "read '%s' on '%s'", path, host->name);
    take_secret(&got, name, missing, out);
    *out_missing = missing;
    return 0;
}
