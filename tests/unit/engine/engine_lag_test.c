/*
 * Lag in time, from samples of the source.
 */
#include "steps/port/engine/postgresql_lag.h"

#include "tests/unit/unit.h"

enum { SECOND = 1000 * 1000 };

START_TEST(nothing_is_late_when_all_is_applied)
{
    struct postgresql_lag lag = {0};
    ck_assert_int_eq(postgresql_lag_ms(&lag, 100, 9 * SECOND, 100, 1 * SECOND), 0);
    ck_assert_int_eq(postgresql_lag_ms(&lag, 100, 9 * SECOND, 120, 1 * SECOND), 0);
}
END_TEST

START_TEST(a_late_target_is_as_late_as_its_newest_commit)
{
    struct postgresql_lag lag = {0};
    ck_assert_int_eq(postgresql_lag_ms(&lag, 200, 9 * SECOND, 100, 7 * SECOND), 2000);
    ck_assert_int_eq(postgresql_lag_ms(&lag, 200, 9 * SECOND, 100, 0), -1);
}
END_TEST

START_TEST(an_idle_hour_before_the_first_record_is_no_lag)
{
    struct postgresql_lag lag = {0};
    (void)postgresql_lag_add(&lag, 100, 3600LL * SECOND);
    (void)postgresql_lag_add(&lag, 180, 3601LL * SECOND);
    ck_assert_int_eq(postgresql_lag_ms(&lag, 180, 3601LL * SECOND, 100, 1 * SECOND), 1000);
}
END_TEST

START_TEST(the_rate_is_bytes_over_time_and_unknown_at_first)
{
    struct postgresql_lag lag = {0};
    ck_assert_int_eq(postgresql_lag_add(&lag, 1000, 1 * SECOND), -1);
    ck_assert_int_eq(postgresql_lag_add(&lag, 5000, 3 * SECOND), 2000);
    ck_assert_int_eq(postgresql_lag_add(&lag, 5000, 3 * SECOND), -1);
    ck_assert_int_eq(postgresql_lag_add(&lag, 4000, 4 * SECOND), -1);
}
END_TEST

START_TEST(old_samples_make_room_for_new_ones)
{
    struct postgresql_lag lag = {0};
    for (int i = 1; i <= 3 * POSTGRESQL_LAG_SAMPLES; i++)
        (void)postgresql_lag_add(&lag, (uint64_t)i * 10, (int64_t)i * SECOND);
    int64_t last = 3 * POSTGRESQL_LAG_SAMPLES;
    uint64_t end = (uint64_t)last * 10;
    ck_assert_int_eq(postgresql_lag_ms(&lag, end, last * SECOND, end - 20, 0), 2000);
    ck_assert_int_eq(postgresql_lag_ms(&lag, end, last * SECOND, 10, 0), -1);
}
END_TEST

UNIT_MAIN("engine_lag", nothing_is_late_when_all_is_applied,
          a_late_target_is_as_late_as_its_newest_commit,
          an_idle_hour_before_the_first_record_is_no_lag,
          the_rate_is_bytes_over_time_and_unknown_at_first, old_samples_make_room_for_new_ones)
