/*
 * Commands and files on remote hosts. Two kinds of call: a probe only reads, a change may change.
 * Commands are argv arrays and go through the one quoting function; a script is fixed text that a
 * file of ours holds, given on standard input to `sh -s`, with its arguments as argv. Nothing
 * secret goes through argv or stdin: an ECE logs both. Each command has a time limit that holds on
 * the remote side too (coreutils timeout), so that nothing goes on there after we gave up.
 */
#ifndef STEPS_WIRE_REMOTE_H
#define STEPS_WIRE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

struct remote_cmd {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char
        *script; /* NULL, or what `sh -s -- argv…` reads: then argv holds its arguments only */
    int64_t timeout_ms; /* 0: 20 s */
};

struct remote_reply {
    int status;      /* exit status: 0 to 255; a command that a signal ended has 128 + signal */
    const char *out; /* terminated; out_len when it may hold NUL bytes; at most 4 MiB is kept */
    size_t out_len;
    const char *errout;
    size_t errout_len;
    int64_t took_us;
};

/* Runs to the end. 0 when the command ran and exited, whatever its status (see status); reply lives
   in arena. Errors: UNREACHABLE (connect, connection lost: the effect of a change is then unknown),
   AUTH (host key, login), TIMEOUT, DRY. */
int remote_probe(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                 struct arena *arena, struct remote_reply *out, struct err *err) MUST_CHECK;
int remote_change(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                  struct arena *arena, struct remote_reply *out, struct err *err) MUST_CHECK;

/* As above, and a status other than 0 is an error too. Errors: REMOTE with the status and the last
 * line of stderr. */
int remote_probe_ok(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                    struct arena *arena, struct remote_reply *out, struct err *err) MUST_CHECK;
int remote_change_ok(struct world *world, const struct spec_host *host,
                     const struct remote_cmd *cmd, struct arena *arena, struct remote_reply *out,
                     struct err *err) MUST_CHECK;

/* A whole file by SFTP, at most max bytes. Errors: REMOTE (missing, too large), UNREACHABLE,
   TIMEOUT. out_missing may be NULL; otherwise a missing file is success with *out_missing true. */
int remote_get(struct world *world, const struct spec_host *host, const char *path, size_t max,
               struct arena *arena, const char **out, size_t *out_len, bool *out_missing,
               struct err *err) MUST_CHECK;
/* Writes path whole: to a new file beside it (O_EXCL, mode), synced where the server can, then
   renamed over it. owner is "user:group" or NULL (ours). The content goes to the journal
   (a program's only by its length); for secrets use remote_put_secret. Errors: as above, DRY. */
int remote_put(struct world *world, const struct spec_host *host, const char *path, mode_t mode,
               const char *owner, const void *bytes, size_t len, struct err *err) MUST_CHECK;
/* The same with prefix + secret + suffix as the content (a passfile line), of which the journal
   sees only the path and length. Mode is 0600. prefix and suffix may be NULL. */
int remote_put_secret(struct world *world, const struct spec_host *host, const char *path,
                      const char *owner, const char *prefix, const struct secret *secret,
                      const char *suffix, struct err *err) MUST_CHECK;

/* A whole file as a secret, at most 64 KiB: the journal sees only path and length, the scrubber
   knows the content by name. A missing file is success with *out_missing true and *out NULL. The
   caller frees. Errors: REMOTE, UNREACHABLE, TIMEOUT. */
int remote_get_secret(struct world *world, const struct spec_host *host, const char *path,
                      const char *name, struct secret **out, bool *out_missing,
                      struct err *err) MUST_CHECK;

/* A command that stays, with lines both ways: the guard. It counts as a change. */
struct remote_stream;
int remote_stream_open(struct remote_stream **out, struct world *world,
                       const struct spec_host *host, const char *const *argv,
                       struct err *err) MUST_CHECK;
int remote_stream_write(struct remote_stream *stream, const char *line, struct err *err) MUST_CHECK;
/* The next line without its newline, in *out, borrowed until the next call. 0 at a line, 1 at the
   end of the stream. Errors: TIMEOUT (nothing within timeout_ms; the stream goes on), UNREACHABLE.
 */
int remote_stream_read(struct remote_stream *stream, int64_t timeout_ms, const char **out,
                       struct err *err) MUST_CHECK;
void remote_stream_close(struct remote_stream *stream); /* NULL is fine */

#endif
