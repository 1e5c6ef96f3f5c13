/*
 * The nearest name: what counts as a slip of the hand.
 */
#include "base/near.h"

#include "tests/unit/unit.h"

static const char *nearest(const char *wanted)
{
    static const char *const names[] = {"run",          "resume",   "status",
                                        "max_stall_ms", "guard_ms", "cidr"};
    struct near near = NEAR_INIT(wanted);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        near_offer(&near, names[i]);
    return near.best == NULL ? "-" : near.best;
}

START_TEST(near_finds_a_name_with_one_slip)
{
    ck_assert_str_eq(nearest("rnu"), "run");
    ck_assert_str_eq(nearest("sttaus"), "status");
    ck_assert_str_eq(nearest("statu"), "status");
    ck_assert_str_eq(nearest("cidrs"), "cidr");
    ck_assert_str_eq(nearest("resune"), "resume");
}
END_TEST

START_TEST(near_allows_more_slips_in_longer_names)
{
    ck_assert_str_eq(nearest("maxstallms"), "max_stall_ms");
    ck_assert_str_eq(nearest("guardms"), "guard_ms");
}
END_TEST

START_TEST(near_finds_nothing_for_another_word)
{
    ck_assert_str_eq(nearest("zebra"), "-");
    ck_assert_str_eq(nearest(""), "-");
    ck_assert_str_eq(nearest("x"), "-");
    ck_assert_str_eq(nearest("a-name-that-is-longer-than-forty-bytes-by-far"), "-");
}
END_TEST

START_TEST(near_takes_the_nearer_of_two)
{
    struct near near = NEAR_INIT("schemas");
    near_offer(&near, "scheme");
    near_offer(&near, "schema");
    near_offer(&near, "schemes");
    ck_assert_str_eq(near.best, "schema");
}
END_TEST

UNIT_MAIN("near", near_finds_a_name_with_one_slip, near_allows_more_slips_in_longer_names,
          near_finds_nothing_for_another_word, near_takes_the_nearer_of_two)
