/*
 * What worker and warden say to each other, over a pipe each way. The worker's death shows as the
 * end of its pipe.
 */
#ifndef GUARD_PACT_H
#define GUARD_PACT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum pact_word {
    PACT_READY = 'R', /* warden to worker: all my connections are open */
    PACT_HOLD = 'H',  /* the hold begins; written before PAUSE is sent */
    PACT_BACK = 'B',  /* the worker calls the attempt off by itself: it gets half of what is left of
                         the promise */
    PACT_SERVED = 'S', /* clients are served again; the proxy's settings are to be restored yet */
    PACT_DONE = 'D',   /* the worker is done, whatever the end: the warden may go */
};

struct pact_message {
    enum pact_word word;
    int64_t at_us; /* when it was written */
};

/* Errors: INTERNAL (the other side is gone). A message is small enough to be atomic and the pipe
 * never fills. */
int pact_say(int fd, enum pact_word word, struct err *err) MUST_CHECK;
/* Waits until at_us (−1: for ever). Returns 1 with a message, 0 when the time is over, −1 when the
 * other side is gone. */
int pact_hear(int fd, int64_t at_us, struct pact_message *out);

#endif
