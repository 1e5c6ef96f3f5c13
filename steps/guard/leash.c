/*
 * The orchestrator's lines and its end, read without ever blocking.
 */
#include "steps/guard/leash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int leash_open(struct leash *out, int in_fd, struct err *err)
{
    *out = (struct leash){.in_fd = in_fd};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    out->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (out->signal_fd < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot watch signals");
    int flags = fcntl(in_fd, F_GETFL);
    if (flags < 0 || fcntl(in_fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot watch standard input");
    return 0;
}

void leash_watch(const struct leash *leash, struct pollfd fds[2])
{
    fds[0] = (struct pollfd){.fd = leash->in_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = leash->signal_fd, .events = POLLIN};
}

void leash_pull(struct leash *leash)
{
    struct signalfd_siginfo info;
    if (read(leash->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        leash->gone = true;
    ssize_t n = read(leash->in_fd, leash->text + leash->len, sizeof(leash->text) - leash->len);
    if (n > 0)
        leash->len += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        leash->gone = true;
}

bool leash_line(struct leash *leash, char *out, size_t size)
{
    char *end = memchr(leash->text, '\n', leash->len);
    if (!end)
        return false;
    size_t line = (size_t)(end - leash->text);
    snprintf(out, size, "%.*s", (int)line, leash->text);
    leash->len -= line + 1;
    memmove(leash->text, end + 1, leash->len);
    return true;
}
