/*
 * What the ssh*.c files share: the inside of a connection, and the two loops around every libssh2
 * call. Nobody else includes it.
 */
#ifndef STEPS_WIRE_SSH_SESSION_H
#define STEPS_WIRE_SSH_SESSION_H

#include <libssh2.h>
#include <libssh2_sftp.h>
#include <stdbool.h>

#include "steps/wire/ssh.h"

struct ssh {
    LIBSSH2_SESSION *session;
    LIBSSH2_SFTP *sftp; /* made on first use, kept: a channel of its own */
    int fd;
    int stop_fd; /* readable: whoever waits must give up; -1 when nobody can ask for that */
    bool broken; /* a call failed half-way: nothing after it can be trusted */
    struct clock clock;
    const struct spec_host *host;
    struct keyring *keys;
    struct ssh_forward *jump; /* what fd is the end of, NULL for plain TCP */
};

/* As ssh_open, within a deadline of the caller's. */
int ssh_open_before(struct ssh **out, const struct spec_host *host, struct keyring *keys,
                    const struct deadline *deadline, struct err *err) MUST_CHECK;

/* `do rc = call; while (ssh_again(ssh, rc, deadline));` repeats one libssh2 call until it is done
   or failed: rc is EAGAIN afterwards only when the deadline passed or a stop was asked for, and the
   connection is broken then. */
bool ssh_again(struct ssh *ssh, ssize_t rc, const struct deadline *deadline);
/* The same, but repeats only while a packet of ours is half sent: EAGAIN afterwards also means that
 * the host has nothing for us now. */
bool ssh_pushing(struct ssh *ssh, ssize_t rc, const struct deadline *deadline);
/* Waits until the host may have something for us. False when the deadline passed or a stop was
 * asked for. */
bool ssh_wait(struct ssh *ssh, const struct deadline *deadline);

/* Describes the failure of the last call and marks the connection broken. rc EAGAIN is TIMEOUT,
 * anything else UNREACHABLE. */
int ssh_fail(struct ssh *ssh, ssize_t rc, const char *doing, struct err *err);

/* Proves that the host is the pinned one. seen gets "SHA256:… (type)" and must hold SSH_SEEN bytes.
 */
#define SSH_SEEN 80
bool ssh_login_host_matches(struct ssh *ssh, char seen[SSH_SEEN]);
/* Logs in by the host's private key. Errors: AUTH, SPEC, UNREACHABLE. */
int ssh_login(struct ssh *ssh, const struct deadline *deadline, struct err *err) MUST_CHECK;

/* A channel that runs command. *started becomes true once the command was asked for. Errors:
 * UNREACHABLE, TIMEOUT, REMOTE. */
LIBSSH2_CHANNEL *ssh_run_channel(struct ssh *ssh, const char *command,
                                 const struct deadline *deadline, bool *started,
                                 struct err *err) MUST_CHECK;

/* A running forward through host->jump to host's SSH port, and the socket that is our end of it. */
int ssh_forward_jump(struct ssh_forward **out, int *out_fd, const struct spec_host *host,
                     struct keyring *keys, const struct deadline *deadline,
                     struct err *err) MUST_CHECK;

#endif
