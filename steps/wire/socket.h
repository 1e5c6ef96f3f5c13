/*
 * TCP sockets with the options that the wire layer needs: no Nagle delay, and a peer that does not
 * answer is given up after 8 s in every state (libssh2's own keepalive never notices a dead peer,
 * measured). Knows nothing of what is spoken over them.
 */
#ifndef STEPS_WIRE_SOCKET_H
#define STEPS_WIRE_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "steps/wire/deadline.h"

/* After this long without an acknowledgement the kernel ends the connection (TCP_USER_TIMEOUT). */
#define SOCKET_DEAD_MS 8000

/* Connects to address (a number or a name; names wait for the resolver's own time limits) before
   the deadline. The result is non-blocking, close-on-exec, and the caller's. Errors: UNREACHABLE.
 */
int socket_connect(int *out, const char *address, uint16_t port, const struct deadline *deadline,
                   struct err *err) MUST_CHECK;
/* The options above on a socket that somebody else connected or accepted; what the kernel refuses
 * is left out. */
void socket_tune(int fd);
/* Makes the kernel acknowledge what has come at once. Linux forgets this by itself, so it is said
   after each read: an sshd with Nagle on waits for our delayed acknowledgement, 40 ms (measured:
   without it 575 of 3,000 questions through a jump host took that long). Harmless on other sockets.
 */
void socket_quickack(int fd);
/* A pair of connected, non-blocking local sockets. Errors: INTERNAL. */
int socket_pair(int out[2], struct err *err) MUST_CHECK;
/* The peer has closed or the connection is dead; says nothing when bytes still wait to be read. */
bool socket_hung_up(int fd);
/* Listens on 127.0.0.1 at a free port, for one peer. Errors: INTERNAL. */
int socket_listen_loopback(int *out, uint16_t *out_port, struct err *err) MUST_CHECK;
/* Waits for the connection that comes from our own socket `ours` and closes every other. Errors:
 * UNREACHABLE (deadline). */
int socket_accept_own(int *out, int listener, int ours, const struct deadline *deadline,
                      struct err *err) MUST_CHECK;
void socket_close(int *fd); /* -1 is fine; becomes -1 */

#endif
