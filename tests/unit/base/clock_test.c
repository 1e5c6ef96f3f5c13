/*
 * Clocks: how time is shown, and that the real ones go on.
 */
#include "base/clock.h"

#include "tests/unit/unit.h"

START_TEST(clock_text_is_utc_with_milliseconds)
{
    char buf[CLOCK_TEXT];
    ck_assert_str_eq(clock_text(buf, 0), "1970-01-01T00:00:00.000Z");
    ck_assert_str_eq(clock_text(buf, 1795300812123456), "2026-11-21T22:40:12.123Z");
    ck_assert_str_eq(clock_text(buf, -1), "1969-12-31T23:59:59.999Z");
    ck_assert_str_eq(clock_text(buf, INT64_MAX), "294247-01-10T04:00:54.775Z");
}
END_TEST

START_TEST(clock_real_goes_on_while_it_sleeps)
{
    struct clock clock = clock_real();
    int64_t before = clock_mono_us(&clock);
    clock_sleep_ms(&clock, 5);
    ck_assert_int_ge(clock_mono_us(&clock) - before, 5000);
    clock_sleep_ms(&clock, -1);
    ck_assert_int_gt(clock_wall_us(&clock), 1700000000000000);
}
END_TEST

START_TEST(clock_random_differs_from_call_to_call)
{
    struct clock clock = clock_real();
    ck_assert(clock_random(&clock) != clock_random(&clock));
}
END_TEST

UNIT_MAIN("clock", clock_text_is_utc_with_milliseconds, clock_real_goes_on_while_it_sleeps,
          clock_random_differs_from_call_to_call)
