/*
 * The timeline of a cut, as lines and as JSON.
 */
#include "steps/guard/phase.h"

#include "tests/unit/unit.h"

START_TEST(timeline_counts_from_the_hold)
{
    struct timeline timeline = {.zero_us = 1000000};
    struct str text CLEANUP(str_free) = STR_INIT;
    timeline.began_us[PHASE_freeze] = 999000;
    timeline.ended_us[PHASE_freeze] = 1000000;
    timeline.began_us[PHASE_hold] = 1000000;
    timeline.ended_us[PHASE_hold] = 1002100;
    timeline_lines(&timeline, &text);
    ck_assert_str_eq(str_text(&text), "phase freeze -1000 1000\nphase hold 0 2100\n");
    str_clear(&text);
    timeline_json(&timeline, &text);
    ck_assert_str_eq(str_text(&text), "[{\"phase\":\"freeze\",\"at_us\":-1000,\"took_us\":1000},"
                                      "{\"phase\":\"hold\",\"at_us\":0,\"took_us\":2100}]");
}
END_TEST

START_TEST(entering_a_phase_ends_the_one_before)
{
    struct timeline timeline = {0};
    timeline_enter(&timeline, PHASE_hold);
    timeline_enter(&timeline, PHASE_fence);
    timeline_end(&timeline);
    ck_assert_int_ge(timeline.ended_us[PHASE_hold], timeline.began_us[PHASE_hold]);
    ck_assert_int_le(timeline.ended_us[PHASE_hold], timeline.began_us[PHASE_fence]);
    ck_assert_int_gt(timeline.ended_us[PHASE_fence], 0);
    ck_assert(!timeline.running);
}
END_TEST

START_TEST(empty_timeline_is_an_empty_array)
{
    struct timeline timeline = {0};
    struct str text CLEANUP(str_free) = STR_INIT;
    timeline_json(&timeline, &text);
    ck_assert_str_eq(str_text(&text), "[]");
    ck_assert_str_eq(phase_name(PHASE_call_off), "call_off");
}
END_TEST

UNIT_MAIN("guard phase", timeline_counts_from_the_hold, entering_a_phase_ends_the_one_before,
          empty_timeline_is_an_empty_array)
