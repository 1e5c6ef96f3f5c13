/*
 * Lag in time; see postgresql_lag.h.
 */
#include "steps/port/engine/postgresql_lag.h"

int64_t postgresql_lag_add(struct postgresql_lag *lag, uint64_t position, int64_t at_us)
{
    size_t last = (lag->next + POSTGRESQL_LAG_SAMPLES - 1) % POSTGRESQL_LAG_SAMPLES;
    int64_t rate = -1;
    if (lag->len > 0 && at_us > lag->sample[last].at_us && position >= lag->sample[last].position) {
        double bytes = (double)(position - lag->sample[last].position);
        rate = (int64_t)(bytes * 1e6 / (double)(at_us - lag->sample[last].at_us));
    }
    lag->sample[lag->next].position = position;
    lag->sample[lag->next].at_us = at_us;
    lag->next = (lag->next + 1) % POSTGRESQL_LAG_SAMPLES;
    if (lag->len < POSTGRESQL_LAG_SAMPLES)
        lag->len++;
    return rate;
}

int64_t postgresql_lag_ms(const struct postgresql_lag *lag, uint64_t position, int64_t now_us,
                          uint64_t applied, int64_t commit_us)
{
    if (applied >= position)
        return 0;
    int64_t since_us = commit_us;
    for (size_t i = 0; i < lag->len; i++)
        if (lag->sample[i].position <= applied && lag->sample[i].at_us > since_us)
            since_us = lag->sample[i].at_us;
    if (since_us == 0)
        return -1;
    return now_us > since_us ? (now_us - since_us) / 1000 : 0;
}
