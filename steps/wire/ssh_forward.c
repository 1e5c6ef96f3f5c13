/*
 * TCP through SSH; see ssh.h. The connection is made by the caller's thread, which gets the errors,
 * and then belongs to one pump thread: nobody else touches its session. The pump sleeps in poll(2)
 * until a side has something, and an eventfd ends it wherever it waits.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "steps/wire/socket.h"
#include "steps/wire/ssh_session.h"

#define HALF_BYTES 32700

/* One direction: what was read and not yet written on. */
struct half {
    char bytes[HALF_BYTES];
    size_t at, len;
    bool eof;    /* the reading side has ended */
    bool passed; /* and the writing side was told */
};

struct ssh_forward {
    struct ssh *ssh;
    LIBSSH2_CHANNEL *channel;
    int app;     /* the socket whose bytes we carry */
    int stop_fd; /* written to when the pump must end */
    pthread_t thread;
    bool running;
    struct half up, down; /* up: app to channel */
};

/* Each step returns 1 when something moved, 0 when nothing can now, -1 when the forward is over. */
static int read_app(struct ssh_forward *forward)
{
    struct half *up = &forward->up;
    if (up->len > 0 || up->eof)
        return 0;
    ssize_t got = recv(forward->app, up->bytes, sizeof up->bytes, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    up->at = 0;
    up->len = (size_t)got;
    up->eof = got == 0;
    return 1;
}

static int write_app(struct ssh_forward *forward)
{
    struct half *down = &forward->down;
    if (down->len > 0) {
        ssize_t put =
            send(forward->app, down->bytes + down->at, down->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        down->at += (size_t)put;
        down->len -= (size_t)put;
        return 1;
    }
    if (!down->eof || down->passed)
        return 0;
    (void)shutdown(forward->app, SHUT_WR);
    down->passed = true;
    return 1;
}

static int write_channel(struct ssh_forward *forward)
{
    struct half *up = &forward->up;
    ssize_t rc = 0;
    if (up->len > 0) {
        do
            rc = libssh2_channel_write(forward->channel, up->bytes + up->at, up->len);
        while (ssh_pushing(forward->ssh, rc, NULL));
        if (rc > 0) {
            up->at += (size_t)rc;
            up->len -= (size_t)rc;
        }
    } else if (up->eof && !up->passed) {
        do
            rc = libssh2_channel_send_eof(forward->channel);
        while (ssh_pushing(forward->ssh, rc, NULL));
        up->passed = rc == 0;
        rc = rc == 0 ? 1 : rc;
    }
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return forward->ssh->broken ? -1 : 0;
    return rc < 0 ? -1 : rc > 0;
}

/* After write_channel in each turn: writing queues what arrives, and only reading afterwards shows
 * that the queue is empty. */
static int read_channel(struct ssh_forward *forward)
{
    struct half *down = &forward->down;
    ssize_t rc;
    if (down->len > 0 || down->eof)
        return 0;
    do
        rc = libssh2_channel_read(forward->channel, down->bytes, sizeof down->bytes);
    while (ssh_pushing(forward->ssh, rc, NULL));
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return forward->ssh->broken ? -1 : 0;
    if (rc < 0)
        return -1;
    down->at = 0;
    down->len = (size_t)rc;
    down->eof = rc == 0 && libssh2_channel_eof(forward->channel) != 0;
    return rc > 0 || down->eof;
}

/* A side that we want nothing of is left out: a closed socket would wake us again and again. */
static int wait_for_either(struct ssh_forward *forward)
{
    const struct half *up = &forward->up, *down = &forward->down;
    bool want_channel = (down->len == 0 && !down->eof) || up->len > 0;
    short app = (short)((up->len == 0 && !up->eof ? POLLIN : 0) | (down->len > 0 ? POLLOUT : 0));
    struct pollfd fds[3] = {{.fd = forward->stop_fd, .events = POLLIN},
                            {.fd = want_channel ? forward->ssh->fd : -1, .events = POLLIN},
                            {.fd = app != 0 ? forward->app : -1, .events = app}};
    int got = poll(fds, ARRAY_LEN(fds), -1);
    if ((got < 0 && errno != EINTR) || fds[0].revents != 0)
        return -1;
    return 0;
}

static int turn(struct ssh_forward *forward)
{
    static int (*const steps[])(struct ssh_forward *) = {read_app, write_channel, read_channel,
                                                         write_app};
    int moved = 0;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        int rc = steps[i](forward);
        if (rc < 0)
            return -1;
        moved |= rc;
    }
    return moved;
}

static void *pump(void *arg)
{
    struct ssh_forward *forward = arg;
    int rc = 0;
    while (rc == 0 && !(forward->up.passed && forward->down.passed)) {
        int moved = turn(forward);
        rc = moved < 0 ? -1 : moved > 0 ? 0 : wait_for_either(forward);
    }
    (void)shutdown(forward->app, SHUT_RDWR);
    return NULL;
}

static int open_channel(struct ssh_forward *forward, const char *address, uint16_t port,
                        const struct deadline *deadline, struct err *err)
{
    struct ssh *ssh = forward->ssh;
    int rc;
    do {
        forward->channel =
            libssh2_channel_direct_tcpip_ex(ssh->session, address, port, "127.0.0.1", 0);
        rc = forward->channel ? 0 : libssh2_session_last_errno(ssh->session);
    } while (ssh_again(ssh, rc, deadline));
    if (forward->channel)
        return 0;
    if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE)
        return err_set(err, ERR_UNREACHABLE,
                       "'%s' cannot connect to '%s' port %u (refused, filtered, or forwarding is "
                       "not allowed there)",
                       ssh->host->name, address, port);
    (void)ssh_fail(ssh, rc, "forwarding", err);
    err->code = ERR_UNREACHABLE;
    return -1;
}

int ssh_forward_open(struct ssh_forward **out, const struct spec_host *host, const char *address,
                     uint16_t port, struct keyring *keys, const struct deadline *deadline,
                     struct err *err)
{
    struct ssh *ssh;
    if (ssh_open_before(&ssh, host, keys, deadline, err) != 0)
        return -1;
    struct ssh_forward *forward = MEM_NEW(struct ssh_forward);
    forward->ssh = ssh;
    forward->app = -1;
    forward->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = 0;
    if (forward->stop_fd < 0)
        rc = err_set_errno(err, ERR_INTERNAL, "no eventfd");
    if (rc == 0)
        rc = open_channel(forward, address, port, deadline, err);
    if (rc != 0) {
        ssh_forward_close(forward);
        return -1;
    }
    ssh->stop_fd = forward->stop_fd;
    *out = forward;
    return 0;
}

/* Signals are for the program's main thread. */
int ssh_forward_start(struct ssh_forward *forward, int fd, struct err *err)
{
    sigset_t all, before;
    forward->app = fd;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&forward->thread, NULL, pump, forward);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        errno = rc;
        return err_set_errno(err, ERR_INTERNAL, "no thread for a forwarded connection");
    }
    forward->running = true;
    return 0;
}

int ssh_forward_jump(struct ssh_forward **out, int *out_fd, const struct spec_host *host,
                     struct keyring *keys, const struct deadline *deadline, struct err *err)
{
    int pair[2] = {-1, -1};
    struct ssh_forward *forward;
    if (ssh_forward_open(&forward, host->jump, host->address, host->port, keys, deadline, err) != 0)
        return err_add(err, "jump to '%s'", host->name);
    if (socket_pair(pair, err) != 0 || ssh_forward_start(forward, pair[1], err) != 0) {
        socket_close(&pair[0]);
        ssh_forward_close(forward);
        return -1;
    }
    *out = forward;
    *out_fd = pair[0];
    return 0;
}

void ssh_forward_finish(struct ssh_forward *forward, int64_t limit_ms)
{
    struct timespec until;
    if (forward && forward->running && clock_gettime(CLOCK_MONOTONIC, &until) == 0) {
        int64_t ns = until.tv_nsec + limit_ms % 1000 * 1000000;
        until.tv_sec += limit_ms / 1000 + ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        forward->running =
            pthread_clockjoin_np(forward->thread, NULL, CLOCK_MONOTONIC, &until) != 0;
    }
    ssh_forward_close(forward);
}

void ssh_forward_close(struct ssh_forward *forward)
{
    if (!forward)
        return;
    if (forward->running) {
        const uint64_t one = 1;
        (void)!write(forward->stop_fd, &one, sizeof one);
        pthread_join(forward->thread, NULL);
    }
    ssh_close(forward->ssh);
    socket_close(&forward->app);
    socket_close(&forward->stop_fd);
    free(forward);
}
