/*
 * How old the newest applied commit is, from what we saw of the source before. Pure; a ring of
 * samples.
 *
 * The commit's own time would say "an hour" after the first record that follows an idle hour. What
 * we saw bounds it: if the source's log ended at or before the applied position at time t, then
 * nothing that is missing is older than t. Both clocks are the source's, so no offset between hosts
 * matters.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_LAG_H
#define STEPS_PORT_ENGINE_POSTGRESQL_LAG_H

#include <stddef.h>
#include <stdint.h>

enum { POSTGRESQL_LAG_SAMPLES = 64 };

struct postgresql_lag {
    struct {
        uint64_t position;
        int64_t at_us; /* the source's clock */
    } sample[POSTGRESQL_LAG_SAMPLES];
    size_t len, next;
};

/* Remembers where the source's log ended. Returns the bytes a second since the sample before, -1
 * when there is none. */
int64_t postgresql_lag_add(struct postgresql_lag *lag, uint64_t position, int64_t at_us);

/* Milliseconds; 0 when all is applied; -1 when nothing is known. commit_us is the source's time of
   the newest applied commit, 0 when there is none. */
int64_t postgresql_lag_ms(const struct postgresql_lag *lag, uint64_t position, int64_t now_us,
                          uint64_t applied, int64_t commit_us);

#endif
