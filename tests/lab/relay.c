// A TCP relay that misbehaves, for tests of what happens when somebody between two programs does:
// connections that nft redirects to it are carried on to where they were going (SO_ORIGINAL_DST),
// and what comes back is carried as the mode says. Its own connections must not be redirected.
//
//   ece-relay silent PORT         accepts, and says nothing: whatever comes is read and dropped
//   ece-relay slow PORT           one byte a second towards whoever connected
//   ece-relay cut PORT BYTES      after so many bytes of answer the connection is reset
//   ece-relay pass PORT           as if it were not there
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum mode { MODE_SILENT, MODE_SLOW, MODE_CUT, MODE_PASS };
enum { PAIRS = 100, BLOCK = 16384, SLOW_MS = 1000 };

struct pair {
    int near, far; // who connected, and where it was going; -1 when there is none
    int64_t answered;
    int64_t next_ms; // slow: when the next byte may go
};

struct relay {
    enum mode mode;
    int64_t cut_at;
    int listener;
    struct pair pair[PAIRS];
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static int listen_at(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtol(port, NULL, 10))};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, PAIRS) < 0)
        fail("ece-relay: cannot listen");
    return fd;
}

// Lingering for no time at all makes a close a reset.
static void reset(struct pair *pair)
{
    struct linger none = {.l_onoff = 1};

    for (int *fd = &pair->near;; fd = &pair->far) {
        if (*fd >= 0) {
            setsockopt(*fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
            close(*fd);
            *fd = -1;
        }
        if (fd == &pair->far)
            return;
    }
}

static int connect_on(int near)
{
    struct sockaddr_in to;
    socklen_t size = sizeof to;
    int yes = 1, fd = -1;

    if (getsockopt(near, SOL_IP, SO_ORIGINAL_DST, &to, &size) < 0)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void take_in(struct relay *relay)
{
    int near = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);

    for (int i = 0; near >= 0 && i < PAIRS; i++) {
        struct pair *pair = &relay->pair[i];
        if (pair->near >= 0)
            continue;
        *pair = (struct pair){.near = near, .far = -1};
        if (relay->mode != MODE_SILENT && (pair->far = connect_on(near)) < 0)
            reset(pair);
        return;
    }
    if (near >= 0)
        close(near);
}

static bool write_all(int fd, const char *bytes, ssize_t len)
{
    for (ssize_t n; len > 0; bytes += n, len -= n)
        if ((n = write(fd, bytes, (size_t)len)) <= 0)
            return false;
    return true;
}

// What was said on the way there is not touched, but by silence.
static void carry_there(struct pair *pair)
{
    char block[BLOCK];
    ssize_t n = read(pair->near, block, sizeof block);

    if (n <= 0 || (pair->far >= 0 && !write_all(pair->far, block, n)))
        reset(pair);
}

static void carry_back(const struct relay *relay, struct pair *pair)
{
    char block[BLOCK];
    size_t room = relay->mode == MODE_SLOW ? 1 : sizeof block;
    ssize_t n = read(pair->far, block, room);

    if (n > 0 && relay->mode == MODE_CUT && pair->answered + n > relay->cut_at)
        n = (ssize_t)(relay->cut_at - pair->answered);
    if (n <= 0 || !write_all(pair->near, block, n)) {
        reset(pair);
        return;
    }
    pair->answered += n;
    pair->next_ms = now_ms() + SLOW_MS;
}

static bool may_carry_back(const struct relay *relay, const struct pair *pair)
{
    return pair->far >= 0 && (relay->mode != MODE_SLOW || pair->next_ms <= now_ms());
}

static void turn(struct relay *relay)
{
    struct pollfd polls[1 + 2 * PAIRS];

    polls[0] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
    for (int i = 0; i < PAIRS; i++) {
        const struct pair *pair = &relay->pair[i];
        polls[1 + 2 * i] = (struct pollfd){.fd = pair->near, .events = POLLIN};
        polls[2 + 2 * i] =
            (struct pollfd){.fd = may_carry_back(relay, pair) ? pair->far : -1, .events = POLLIN};
    }
    if (poll(polls, 1 + 2 * PAIRS, 100) < 0 && errno != EINTR)
        fail("ece-relay: poll");
    for (int i = 0; i < PAIRS; i++) {
        struct pair *pair = &relay->pair[i];
        if (polls[1 + 2 * i].revents)
            carry_there(pair);
        if (pair->far >= 0 && polls[2 + 2 * i].revents)
            carry_back(relay, pair);
    }
    if (polls[0].revents)
        take_in(relay);
}

int main(int argc, char **argv)
{
    static const char *const modes[] = {"silent", "slow", "cut", "pass"};
    struct relay relay = {.mode = MODE_PASS, .cut_at = INT64_MAX};
    bool known = false;

    for (int i = 0; argc > 2 && i < 4; i++)
        if (strcmp(argv[1], modes[i]) == 0) {
            relay.mode = (enum mode)i;
            known = true;
        }
    if (!known || (relay.mode == MODE_CUT) != (argc == 4)) {
        fputs("usage: ece-relay silent|slow|pass PORT | cut PORT BYTES\n", stderr);
        return 2;
    }
    if (argc == 4)
        relay.cut_at = strtoll(argv[3], NULL, 10);
    for (int i = 0; i < PAIRS; i++)
        relay.pair[i] = (struct pair){.near = -1, .far = -1};
    signal(SIGPIPE, SIG_IGN);
    relay.listener = listen_at(argv[2]);
    for (;;)
        turn(&relay);
}
