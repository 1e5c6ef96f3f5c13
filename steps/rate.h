/*
 * How fast a number moves, from looks at different times: a moving average over about ten seconds,
 * for "45 MiB/s, 3 min left" and for the trend of a lag.
 */
#ifndef STEPS_RATE_H
#define STEPS_RATE_H

#include <stdint.h>

#define RATE_POINTS 8

struct rate {
    int64_t at_us[RATE_POINTS];
    int64_t value[RATE_POINTS];
    int count;
};

/* Forgets everything. */
void rate_reset(struct rate *rate);
/* One look. A look less than 200 ms after the newest replaces nothing and is left out. */
void rate_add(struct rate *rate, int64_t mono_us, int64_t value);
/* Change a second over the looks there are; 0 with fewer than two. */
int64_t rate_per_s(const struct rate *rate);
/* Seconds until the value is `to` at this rate; -1 when it never gets there. */
int64_t rate_seconds_to(const struct rate *rate, int64_t to);

#endif
