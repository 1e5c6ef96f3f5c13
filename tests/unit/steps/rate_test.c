/* Speeds and times left, from looks at different times. */
#include "steps/rate.h"
#include "tests/unit/unit.h"

START_TEST(one_look_gives_no_speed)
{
    struct rate rate = {0};
    rate_add(&rate, 0, 100);
    ck_assert_int_eq(rate_per_s(&rate), 0);
    ck_assert_int_eq(rate_seconds_to(&rate, 200), -1);
}
END_TEST

START_TEST(the_speed_is_that_of_the_newest_looks)
{
    struct rate rate = {0};
    for (int i = 0; i < 20; i++)
        rate_add(&rate, (int64_t)i * 1000000, i < 10 ? 0 : (i - 10) * 500);
    ck_assert_int_eq(rate_per_s(&rate), 500);
    ck_assert_int_eq(rate_seconds_to(&rate, 4500 + 5000), 10);
}
END_TEST

START_TEST(what_moves_away_never_arrives)
{
    struct rate rate = {0};
    rate_add(&rate, 0, 100);
    rate_add(&rate, 1000000, 200);
    ck_assert_int_eq(rate_seconds_to(&rate, 0), -1);
    ck_assert_int_eq(rate_seconds_to(&rate, 200), 0);
}
END_TEST

START_TEST(looks_that_are_too_close_are_left_out)
{
    struct rate rate = {0};
    rate_add(&rate, 0, 0);
    rate_add(&rate, 100, 1000000);
    ck_assert_int_eq(rate.count, 1);
}
END_TEST

UNIT_MAIN("rate", one_look_gives_no_speed, the_speed_is_that_of_the_newest_looks,
          what_moves_away_never_arrives, looks_that_are_too_close_are_left_out)
