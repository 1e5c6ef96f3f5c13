/*
 * TCP sockets; see socket.h.
 */
#include "steps/wire/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

static void set_option(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

void socket_tune(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 2);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SOCKET_DEAD_MS);
}

void socket_quickack(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}

void socket_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int fail(struct err *err, const char *address, uint16_t port, int os_errno)
{
    errno = os_errno;
    return err_set_errno(err, ERR_UNREACHABLE, "no connection to '%s' port %u", address, port);
}

/* 0 when connected, or the errno that says why not. */
static int wait_connected(int fd, const struct deadline *deadline)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int got;
    while ((got = poll(&ready, 1, deadline_left_ms(deadline))) < 0 && errno == EINTR)
        ;
    if (got < 0)
        return errno;
    if (got == 0)
        return ETIMEDOUT;
    int why = 0;
    socklen_t len = sizeof why;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) == 0 ? why : errno;
}

/* 0 with a connected socket in *out, or errno. */
static int connect_one(int *out, const struct addrinfo *to, const struct deadline *deadline)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    socket_tune(fd);
    int why = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    if (why == EINPROGRESS)
        why = wait_connected(fd, deadline);
    if (why != 0)
        close(fd);
    else
        *out = fd;
    return why;
}

int socket_connect(int *out, const char *address, uint16_t port, const struct deadline *deadline,
                   struct err *err)
{
    char service[8];
    struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    (void)snprintf(service, sizeof service, "%u", port);
    int rc = getaddrinfo(address, service, &hints, &list);
    if (rc != 0)
        return err_set(err, ERR_UNREACHABLE, "no address for '%s': %s", address, gai_strerror(rc));
    int why = EHOSTUNREACH;
    for (const struct addrinfo *to = list; to && !deadline_passed(deadline); to = to->ai_next)
        if ((why = connect_one(out, to, deadline)) == 0)
            break;
    freeaddrinfo(list);
    return why == 0 ? 0 : fail(err, address, port, why);
}

int socket_pair(int out[2], struct err *err)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, out) != 0)
        return err_set_errno(err, ERR_INTERNAL, "no pair of local sockets");
    return 0;
}

bool socket_hung_up(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0)
        return true;
    return got < 0 && errno != EAGAIN && errno != EINTR;
}

int socket_listen_loopback(int *out, uint16_t *out_port, struct err *err)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
    } at = {.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at.in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, &at.any, len) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, &at.any, &len) != 0) {
        (void)err_set_errno(err, ERR_INTERNAL, "no listening socket on 127.0.0.1");
        socket_close(&fd);
        return -1;
    }
    *out = fd;
    *out_port = ntohs(at.in.sin_port);
    return 0;
}

/* Another local user may connect to our listener first: what counts is that the peer's port is our
 * own socket's. */
static bool is_own(int accepted, int ours)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
    } peer = {0}, own = {0};
    socklen_t peer_len = sizeof peer.in, own_len = sizeof own.in;
    return getpeername(accepted, &peer.any, &peer_len) == 0 &&
           getsockname(ours, &own.any, &own_len) == 0 && peer.in.sin_family == AF_INET &&
           own.in.sin_family == AF_INET && peer.in.sin_port == own.in.sin_port &&
           peer.in.sin_addr.s_addr == own.in.sin_addr.s_addr;
}

int socket_accept_own(int *out, int listener, int ours, const struct deadline *deadline,
                      struct err *err)
{
    while (!deadline_passed(deadline)) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 && is_own(fd, ours)) {
            socket_tune(fd);
            *out = fd;
            return 0;
        }
        socket_close(&fd);
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        (void)poll(&ready, 1, deadline_left_ms(deadline));
    }
    return err_set(err, ERR_UNREACHABLE, "our own loopback connection did not arrive");
}
