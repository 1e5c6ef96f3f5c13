/*
 * Time as a port, so that tests can turn it by hand. Durations come from the boot-time clock (it
 * goes on in suspend), order comes from sequence numbers, and the wall clock is only ever shown.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock_ops {
    int64_t (*mono_us)(void *arg);           /* CLOCK_BOOTTIME, microseconds */
    int64_t (*wall_us)(void *arg);           /* CLOCK_REALTIME, microseconds since 1970 */
    void (*sleep_us)(void *arg, int64_t us); /* returns early on a signal */
    uint64_t (*random)(void *arg);           /* 64 unpredictable bits: jitter, never keys */
};

struct clock {
    const struct clock_ops *ops;
    void *arg;
};

/* The machine's own clocks. */
struct clock clock_real(void);

int64_t clock_mono_us(const struct clock *clock);
int64_t clock_wall_us(const struct clock *clock);
void clock_sleep_ms(const struct clock *clock, int64_t ms);
uint64_t clock_random(const struct clock *clock);

/* "2026-11-21T22:40:12.123Z" for a wall clock value; buf holds CLOCK_TEXT bytes. */
#define CLOCK_TEXT 32
const char *clock_text(char buf[CLOCK_TEXT], int64_t wall_us);

#endif
