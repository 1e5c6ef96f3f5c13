/* Keeps the newest looks in order and divides the distance between the outer two by their time. */
#include "steps/rate.h"

#include <string.h>

#define RATE_GAP_US 200000

void rate_reset(struct rate *rate)
{
    memset(rate, 0, sizeof(*rate));
}

void rate_add(struct rate *rate, int64_t mono_us, int64_t value)
{
    if (rate->count > 0 && mono_us - rate->at_us[rate->count - 1] < RATE_GAP_US)
        return;
    if (rate->count == RATE_POINTS) {
        memmove(rate->at_us, rate->at_us + 1, sizeof(rate->at_us[0]) * (RATE_POINTS - 1));
        memmove(rate->value, rate->value + 1, sizeof(rate->value[0]) * (RATE_POINTS - 1));
        rate->count--;
    }
    rate->at_us[rate->count] = mono_us;
    rate->value[rate->count] = value;
    rate->count++;
}

int64_t rate_per_s(const struct rate *rate)
{
    if (rate->count < 2)
        return 0;
    int64_t us = rate->at_us[rate->count - 1] - rate->at_us[0];
    int64_t change = rate->value[rate->count - 1] - rate->value[0];
    return us <= 0 ? 0 : (int64_t)((double)change * 1e6 / (double)us);
}

int64_t rate_seconds_to(const struct rate *rate, int64_t to)
{
    int64_t speed = rate_per_s(rate);
    int64_t left = rate->count == 0 ? 0 : to - rate->value[rate->count - 1];
    if (left == 0)
        return 0;
    if (speed == 0 || (left > 0) != (speed > 0))
        return -1;
    return left / speed;
}
