/*
 * The machine's clocks behind the port, and how a point in time is shown. Nothing else in the
 * program asks the system for the time.
 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t real_mono_us(void *arg)
{
    (void)arg;
    return read_us(CLOCK_BOOTTIME);
}

static int64_t real_wall_us(void *arg)
{
    (void)arg;
    return read_us(CLOCK_REALTIME);
}

static void real_sleep_us(void *arg, int64_t us)
{
    (void)arg;
    if (us <= 0)
        return;
    struct timespec span = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
    nanosleep(&span, NULL);
}

/* Early in boot getrandom may be interrupted; jitter from the clock is good enough then. */
static uint64_t real_random(void *arg)
{
    (void)arg;
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        bits = (uint64_t)read_us(CLOCK_BOOTTIME) * 0x9E3779B97F4A7C15u;
    return bits;
}

static const struct clock_ops real_ops = {
    .mono_us = real_mono_us,
    .wall_us = real_wall_us,
    .sleep_us = real_sleep_us,
    .random = real_random,
};

struct clock clock_real(void)
{
    return (struct clock){.ops = &real_ops, .arg = NULL};
}

int64_t clock_mono_us(const struct clock *clock)
{
    return clock->ops->mono_us(clock->arg);
}

int64_t clock_wall_us(const struct clock *clock)
{
    return clock->ops->wall_us(clock->arg);
}

void clock_sleep_ms(const struct clock *clock, int64_t ms)
{
    clock->ops->sleep_us(clock->arg, ms * 1000);
}

uint64_t clock_random(const struct clock *clock)
{
    return clock->ops->random(clock->arg);
}

const char *clock_text(char buf[CLOCK_TEXT], int64_t wall_us)
{
    /* Division rounds towards zero; before 1970 the milliseconds must still count upwards. */
    int64_t us = wall_us % 1000000;
    if (us < 0)
        us += 1000000;
    time_t seconds = (time_t)((wall_us - us) / 1000000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || !strftime(buf, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &utc))
        return memcpy(buf, "?", sizeof "?");
    size_t len = strlen(buf);
    snprintf(buf + len, CLOCK_TEXT - len, ".%03dZ", (int)(us / 1000));
    return buf;
}
