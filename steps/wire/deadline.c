/*
 * Deadlines; see deadline.h.
 */
#include "steps/wire/deadline.h"

#include <limits.h>

struct deadline deadline_in_ms(struct clock clock, int64_t ms)
{
    return (struct deadline){.clock = clock, .at_us = clock_mono_us(&clock) + ms * 1000};
}

bool deadline_passed(const struct deadline *deadline)
{
    return clock_mono_us(&deadline->clock) >= deadline->at_us;
}

int deadline_left_ms(const struct deadline *deadline)
{
    int64_t left_us = deadline->at_us - clock_mono_us(&deadline->clock);
    if (left_us <= 0)
        return 0;
    int64_t left_ms = (left_us + 999) / 1000;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
