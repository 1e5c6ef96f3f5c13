/*
 * SSH connections: making, waiting, ending; see ssh.h. Login is in ssh_login.c, what goes over a
 * connection in ssh_run.c, ssh_file.c, ssh_stream.c and ssh_forward.c.
 */
#include "steps/wire/ssh.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "steps/wire/socket.h"
#include "steps/wire/ssh_session.h"

/* No SHA-1, no CBC, no ChaCha20: with these the prefix truncation attack (CVE-2023-48795) has
 * nothing to work on. */
#define KEX_METHODS                                                                                \
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"        \
    "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256"
#define CRYPT_METHODS "aes256-ctr,aes192-ctr,aes128-ctr"
#define MAC_METHODS   "hmac-sha2-512,hmac-sha2-256"

/* A host has a key of each kind and shows the one that we ask for: to find the pinned one we ask
 * for one kind after the other. */
static const char *const hostkey_methods[] = {
    "ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"};

typedef ssize_t receiver(libssh2_socket_t fd, void *bytes, size_t len, int flags, void **abstract);

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_start(void)
{
    (void)libssh2_init(0);
}

/* Waits for the directions the session asks for. Readiness is only a hint: the call that follows
 * finds out. */
static bool wait_for(struct ssh *ssh, short events, const struct deadline *deadline)
{
    struct pollfd fds[2] = {{.fd = ssh->fd, .events = events},
                            {.fd = ssh->stop_fd, .events = POLLIN}};
    int got;
    while ((got = poll(fds, 2, deadline ? deadline_left_ms(deadline) : -1)) < 0 && errno == EINTR)
        ;
    if (got <= 0 || fds[1].revents != 0)
        return false;
    return true;
}

/* While a packet is half sent only room to send helps: bytes that come in meanwhile would make this
 * a busy loop. */
static bool half_sent(struct ssh *ssh)
{
    return (libssh2_session_block_directions(ssh->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
}

static short wanted_events(struct ssh *ssh)
{
    return half_sent(ssh) ? POLLOUT : POLLIN;
}

bool ssh_wait(struct ssh *ssh, const struct deadline *deadline)
{
    return wait_for(ssh, wanted_events(ssh), deadline);
}

bool ssh_again(struct ssh *ssh, ssize_t rc, const struct deadline *deadline)
{
    if (rc != LIBSSH2_ERROR_EAGAIN)
        return false;
    if (wait_for(ssh, wanted_events(ssh), deadline))
        return true;
    ssh->broken = true;
    return false;
}

bool ssh_pushing(struct ssh *ssh, ssize_t rc, const struct deadline *deadline)
{
    return rc == LIBSSH2_ERROR_EAGAIN && half_sent(ssh) && ssh_again(ssh, rc, deadline);
}

int ssh_fail(struct ssh *ssh, ssize_t rc, const char *doing, struct err *err)
{
    ssh->broken = true;
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return err_set(err, ERR_TIMEOUT, "no answer in time from '%s' while %s", ssh->host->name,
                       doing);
    char *why = NULL;
    (void)libssh2_session_last_error(ssh->session, &why, NULL, 0);
    return err_set(err, ERR_UNREACHABLE, "connection to '%s' lost while %s: %s (libssh2 %d)",
                   ssh->host->name, doing, why && *why ? why : "no reason given", (int)rc);
}

static struct ssh *ssh_new(const struct spec_host *host, struct keyring *keys, struct clock clock)
{
    struct ssh *ssh = MEM_NEW(struct ssh);
    ssh->fd = -1;
    ssh->stop_fd = -1;
    ssh->host = host;
    ssh->keys = keys;
    ssh->clock = clock;
    return ssh;
}

/* Acknowledges what came at once: sshd leaves Nagle on, and would hold its next small packet back
   for our delayed acknowledgement, 40 ms. Errors go to libssh2 as a negative errno. */
static ssize_t receive(libssh2_socket_t fd, void *bytes, size_t len, int flags, void **abstract)
{
    (void)abstract;
    ssize_t got = recv(fd, bytes, len, flags);
    if (got > 0)
        socket_quickack(fd);
    return got < 0 ? -errno : got;
}

static int set_methods(struct ssh *ssh, const char *hostkeys, struct err *err)
{
    const struct {
        int type;
        const char *methods;
    } prefs[] = {{LIBSSH2_METHOD_KEX, KEX_METHODS},        {LIBSSH2_METHOD_HOSTKEY, hostkeys},
                 {LIBSSH2_METHOD_CRYPT_CS, CRYPT_METHODS}, {LIBSSH2_METHOD_CRYPT_SC, CRYPT_METHODS},
                 {LIBSSH2_METHOD_MAC_CS, MAC_METHODS},     {LIBSSH2_METHOD_MAC_SC, MAC_METHODS}};
    for (size_t i = 0; i < ARRAY_LEN(prefs); i++)
        if (libssh2_session_method_pref(ssh->session, prefs[i].type, prefs[i].methods) != 0)
            return err_set(err, ERR_INTERNAL, "this libssh2 lacks one of '%s'", prefs[i].methods);
    return 0;
}

static int dial(struct ssh *ssh, const struct deadline *deadline, struct err *err)
{
    const struct spec_host *host = ssh->host;
    if (host->jump)
        return ssh_forward_jump(&ssh->jump, &ssh->fd, host, ssh->keys, deadline, err);
    return socket_connect(&ssh->fd, host->address, host->port, deadline, err);
}

/* What a handshake came to: the pinned host, another or no key of this kind, or an error. */
enum greeting { GREETING_OURS, GREETING_OTHER, GREETING_FAILED };

/* libssh2 1.10 does not look at every allocation: ours end the program, as everywhere. */
static LIBSSH2_ALLOC_FUNC(take)
{
    (void)abstract;
    return mem_raw(count);
}

static LIBSSH2_REALLOC_FUNC(take_again)
{
    (void)abstract;
    return mem_resize(ptr, count);
}

static LIBSSH2_FREE_FUNC(give)
{
    (void)abstract;
    free(ptr);
}

static enum greeting greet(struct ssh *ssh, const char *hostkeys, const struct deadline *deadline,
                           char seen[SSH_SEEN], struct err *err)
{
    ssh->session = libssh2_session_init_ex(take, give, take_again, NULL);
    if (!ssh->session) {
        (void)err_set(err, ERR_MEMORY, "libssh2 gave no session: out of memory");
        return GREETING_FAILED;
    }
    libssh2_session_set_blocking(ssh->session, 0);
    receiver *own = receive;
    void *callback = NULL;
    memcpy(&callback, &own, sizeof callback);
    (void)libssh2_session_callback_set(ssh->session, LIBSSH2_CALLBACK_RECV, callback);
    if (set_methods(ssh, hostkeys, err) != 0 || dial(ssh, deadline, err) != 0)
        return GREETING_FAILED;
    int rc;
    do
        rc = libssh2_session_handshake(ssh->session, ssh->fd);
    while (ssh_again(ssh, rc, deadline));
    if (rc == LIBSSH2_ERROR_KEX_FAILURE) {
        (void)snprintf(seen, SSH_SEEN, "no key of the kind %.11s", hostkeys);
        return GREETING_OTHER;
    }
    if (rc != 0) {
        (void)ssh_fail(ssh, rc, "greeting", err);
        err->code = ERR_UNREACHABLE;
        return GREETING_FAILED;
    }
    return ssh_login_host_matches(ssh, seen) ? GREETING_OURS : GREETING_OTHER;
}

static int refuse_host(const struct spec_host *host,
                       char seen[ARRAY_LEN(hostkey_methods)][SSH_SEEN], struct err *err)
{
    return err_set(err, ERR_AUTH,
                   "host key of '%s' (%s port %u) is not the pinned one: pinned is '%s', the host "
                   "shows '%s' and '%s' (needed: an ed25519 or ecdsa key, aes-ctr and hmac-sha2)",
                   host->name, host->address, host->port, host->host_key, seen[0], seen[1]);
}

int ssh_open_before(struct ssh **out, const struct spec_host *host, struct keyring *keys,
                    const struct deadline *deadline, struct err *err)
{
    char seen[ARRAY_LEN(hostkey_methods)][SSH_SEEN];
    pthread_once(&library_once, library_start);
    for (size_t i = 0; i < ARRAY_LEN(hostkey_methods); i++) {
        struct ssh *ssh = ssh_new(host, keys, deadline->clock);
        enum greeting greeting = greet(ssh, hostkey_methods[i], deadline, seen[i], err);
        if (greeting == GREETING_OURS && ssh_login(ssh, deadline, err) == 0) {
            *out = ssh;
            return 0;
        }
        ssh_close(ssh);
        if (greeting != GREETING_OTHER)
            return -1;
    }
    return refuse_host(host, seen, err);
}

int ssh_open(struct ssh **out, const struct spec_host *host, struct keyring *keys,
             struct clock clock, struct err *err)
{
    struct deadline deadline = deadline_in_ms(clock, SSH_CONNECT_MS);
    return ssh_open_before(out, host, keys, &deadline, err);
}

/* A shut socket lets every libssh2 call end at once, and freeing a session would wait for answers
 * otherwise. */
void ssh_close(struct ssh *ssh)
{
    if (!ssh)
        return;
    if (ssh->session) {
        if (!ssh->broken)
            (void)libssh2_session_disconnect(ssh->session, "done");
        if (ssh->fd >= 0)
            (void)shutdown(ssh->fd, SHUT_RDWR);
        while (libssh2_session_free(ssh->session) == LIBSSH2_ERROR_EAGAIN)
            ;
    }
    ssh_forward_close(ssh->jump);
    socket_close(&ssh->fd);
    free(ssh);
}

void ssh_cleanup(struct ssh **ssh)
{
    ssh_close(*ssh);
    *ssh = NULL;
}

bool ssh_alive(const struct ssh *ssh)
{
    return ssh && !ssh->broken && !socket_hung_up(ssh->fd);
}
