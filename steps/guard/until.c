/*
 * Waiting with an end: one poll over what is awaited, the orchestrator's lines and the signals.
 */
#include "steps/guard/until.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "steps/guard/leash.h"

int64_t until_now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct until until_in_ms(int64_t ms, struct leash *leash)
{
    return (struct until){.at_us = until_now_us() + ms * 1000, .leash = leash};
}

/* One poll of at most us microseconds. Returns poll's count of ready descriptors, 0 after a signal.
 */
static int poll_once(struct pollfd *fds, nfds_t len, int64_t us)
{
    struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    int n = ppoll(fds, len, &left, NULL);
    return n < 0 && errno == EINTR ? 0 : n;
}

/* Waits for fd (−1: for nothing) until end_us. Returns 1 when it is ready, 0 when the time is over,
 * −1 with err. */
static int wait_for(const struct until *until, int fd, short events, int64_t end_us,
                    const char *what, struct err *err)
{
    struct leash *leash = until->leash;
    for (;;) {
        if (leash && leash->gone)
            return err_set(err, ERR_INTERRUPTED, "the orchestrator is gone (%s)", what);
        int64_t left = end_us - until_now_us();
        struct pollfd fds[3] = {{.fd = fd, .events = events}, {.fd = -1}, {.fd = -1}};
        if (leash)
            leash_watch(leash, &fds[1]);
        int n = poll_once(fds, ARRAY_LEN(fds), left > 0 ? left : 0);
        if (n < 0)
            return err_set_errno(err, ERR_INTERNAL, "cannot wait (%s)", what);
        if (fds[0].revents)
            return 1;
        if (leash && (fds[1].revents || fds[2].revents))
            leash_pull(leash);
        else if (left <= 0)
            return 0;
    }
}

int until_ready(const struct until *until, int fd, short events, const char *what, struct err *err)
{
    int ready = wait_for(until, fd, events, until->at_us, what, err);
    if (ready == 0)
        return err_set(err, ERR_TIMEOUT, "the time was up (%s)", what);
    return ready < 0 ? -1 : 0;
}

int until_nap(const struct until *until, int64_t us, const char *what, struct err *err)
{
    int64_t end_us = until_now_us() + us;
    if (end_us > until->at_us)
        return err_set(err, ERR_TIMEOUT, "the time was up (%s)", what);
    return wait_for(until, -1, 0, end_us, what, err);
}
