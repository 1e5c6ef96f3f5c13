/*
 * A moment on the monotonic clock at which a call gives up. Everything in the wire layer that waits
 * takes one, so that nothing can wait for ever.
 */
#ifndef STEPS_WIRE_DEADLINE_H
#define STEPS_WIRE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct deadline {
    struct clock clock;
    int64_t at_us;
};

struct deadline deadline_in_ms(struct clock clock, int64_t ms);
bool deadline_passed(const struct deadline *deadline);
/* For poll(2): rounded up, so that nobody spins through the last millisecond; 0 when it has passed.
 */
int deadline_left_ms(const struct deadline *deadline);

#endif
