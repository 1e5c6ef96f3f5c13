/*
 * Messages of one size over a pipe.
 */
#include "steps/guard/pact.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "steps/guard/until.h"

int pact_say(int fd, enum pact_word word, struct err *err)
{
    struct pact_message message;
    memset(&message, 0, sizeof(message));
    message.word = word;
    message.at_us = until_now_us();
    if (write(fd, &message, sizeof(message)) != (ssize_t)sizeof(message))
        return err_set_errno(err, ERR_INTERNAL, "the other half of the guard is gone");
    return 0;
}

int pact_hear(int fd, int64_t at_us, struct pact_message *out)
{
    for (;;) {
        int64_t left = at_us - until_now_us();
        struct timespec wait = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
        struct pollfd fds = {.fd = fd, .events = POLLIN};
        if (at_us >= 0 && left < 0)
            wait = (struct timespec){0};
        int n = ppoll(&fds, 1, at_us < 0 ? NULL : &wait, NULL);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            ssize_t got = read(fd, out, sizeof(*out));
            if (got == (ssize_t)sizeof(*out))
                return 1;
            if (got >= 0 || errno != EINTR)
                return -1;
        } else if (n == 0) {
            return 0;
        }
    }
}
