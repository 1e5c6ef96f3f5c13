/*
 * SSH by libssh2: one connection to one host, and what goes over it: a command, a file, a line-wise
 * stream, a forwarded TCP connection. The files ssh*.c are the only ones that name libssh2_*.
 *
 * The host's key is pinned by its fingerprint; login is by an ed25519 or ECDSA key. A jump host is
 * reached first, by a connection of its own for each connection that goes through it: a libssh2
 * session is not thread-safe, so each has exactly one owner, the caller's thread or one pump's.
 *
 * libssh2 is used in its non-blocking mode only and every wait has a deadline of ours: its blocking
 * calls can wait for ever. Where a packet was sent in part, the same call is repeated with the same
 * buffer before any other (libssh2 fails or stalls otherwise, measured). A connection on which a
 * call failed or ran out of time is not used again: its state is unknown.
 */
#ifndef STEPS_WIRE_SSH_H
#define STEPS_WIRE_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "steps/spec.h"
#include "steps/wire/deadline.h"
#include "steps/wire/keyring.h"

struct ssh;

/* TCP, handshake, host key and login, through the jump hosts too, within this time together. */
#define SSH_CONNECT_MS 10000

/* Errors: UNREACHABLE (no TCP, no answer, hung up), AUTH (host key, login, no algorithm in common,
 * private key file), SPEC (passphrase). */
int ssh_open(struct ssh **out, const struct spec_host *host, struct keyring *keys,
             struct clock clock, struct err *err) MUST_CHECK;
void ssh_close(struct ssh *ssh); /* never waits; NULL is fine */
void ssh_cleanup(struct ssh **ssh);
/* Whether the connection can still be used, as far as can be told without asking the host. */
bool ssh_alive(const struct ssh *ssh);

/* A command's end and its streams, of which at most SSH_KEEP_BYTES each are kept; the rest is read
 * and dropped. */
#define SSH_KEEP_BYTES ((size_t)4 << 20)

struct ssh_result {
    struct str out, errout;
    int status;   /* exit status, or 128 + the number of the signal that ended it */
    bool started; /* false after an error: nothing was asked of the host yet, so it may be asked
                     again */
};
#define SSH_RESULT_INIT                                                                            \
    {                                                                                              \
        .status = -1                                                                               \
    }
void ssh_result_free(struct ssh_result *result); /* for CLEANUP() too */

/* Runs command by the user's login shell with in as its standard input. Success is: both streams
   read to their ends without an error, closed by the host, and an exit known. Errors: UNREACHABLE
   (connection lost: the effect is unknown), TIMEOUT (no end within limit_ms), REMOTE (the host
   refuses sessions or commands). */
int ssh_run(struct ssh *ssh, const char *command, const char *in, size_t in_len, int64_t limit_ms,
            struct ssh_result *out, struct err *err) MUST_CHECK;

/* Reads a whole file of at most max bytes; the caller frees out. *out_missing says that there is
   none (success, out empty). Errors: REMOTE (too large, no right), UNREACHABLE, TIMEOUT. */
int ssh_file_read(struct ssh *ssh, const char *path, size_t max, int64_t limit_ms, struct str *out,
                  bool *out_missing, struct err *err) MUST_CHECK;
/* Makes path anew with exactly mode, writes and syncs it (where the server has fsync@openssh.com);
 * one that is there is removed first. Errors: as above. */
int ssh_file_write(struct ssh *ssh, const char *path, mode_t mode, const void *bytes, size_t len,
                   int64_t limit_ms, struct err *err) MUST_CHECK;

/* A command that stays, with lines both ways. It owns the connection given to it, also when opening
 * fails. */
struct ssh_stream;
int ssh_stream_open(struct ssh_stream **out, struct ssh *ssh, const char *command,
                    struct err *err) MUST_CHECK;
int ssh_stream_write(struct ssh_stream *stream, const char *bytes, size_t len, int64_t limit_ms,
                     struct err *err) MUST_CHECK;
/* 0 at a line (borrowed until the next call, without its newline), 1 at the end. What the command
   says on stderr is in ssh_stream_errout. Errors: TIMEOUT (the stream goes on), UNREACHABLE, REMOTE
   (a line longer than 1 MiB). */
int ssh_stream_read(struct ssh_stream *stream, int64_t limit_ms, const char **out,
                    struct err *err) MUST_CHECK;
/* The first 64 KiB of stderr so far. */
const char *ssh_stream_errout(const struct ssh_stream *stream);
void ssh_stream_close(struct ssh_stream *stream); /* NULL is fine */

/* A TCP connection from host to address:port (direct-tcpip, RFC 4254 §7.2) by a connection of its
   own. Opening makes the connection and proves that somebody accepts there; start hands it to a
   pump thread that moves bytes between it and fd, which the forward then owns. */
struct ssh_forward;
int ssh_forward_open(struct ssh_forward **out, const struct spec_host *host, const char *address,
                     uint16_t port, struct keyring *keys, const struct deadline *deadline,
                     struct err *err) MUST_CHECK;
int ssh_forward_start(struct ssh_forward *forward, int fd, struct err *err) MUST_CHECK;
/* After our end of fd was closed: lets the bytes under way arrive, for at most limit_ms, then
 * closes. */
void ssh_forward_finish(struct ssh_forward *forward, int64_t limit_ms); /* NULL is fine */
/* Ends the pump at once; bytes under way are lost. NULL is fine. */
void ssh_forward_close(struct ssh_forward *forward);

#endif
