/*
 * Texts that grow, predicates, and numbers as text.
 */
#include "base/str.h"

#include "tests/unit/unit.h"

START_TEST(str_grows_with_every_kind_of_addition)
{
    CLEANUP(str_free) struct str str = STR_INIT;
    ck_assert_str_eq(str_text(&str), "");
    str_add(&str, "a");
    str_add_n(&str, "b\0c", 3);
    str_printf(&str, "%s%d", "d", 42);
    ck_assert_uint_eq(str.len, 7);
    ck_assert_int_eq(memcmp(str.text, "ab\0cd42", 8), 0);
    str_clear(&str);
    for (int i = 0; i < 1000; i++)
        str_add(&str, "0123456789");
    ck_assert_uint_eq(strlen(str_text(&str)), 10000);
}
END_TEST

START_TEST(str_grows_exactly_at_its_limit)
{
    CLEANUP(str_free) struct str str = STR_INIT;
    str_add(&str, "0123456789012345678901234567890");
    str_add_n(&str, "", 0);
    str_add(&str, "x");
    str_printf(&str, "%s", "y");
    ck_assert_str_eq(str_text(&str), "0123456789012345678901234567890xy");
}
END_TEST

START_TEST(str_printable_leaves_nothing_that_steers_a_terminal)
{
    CLEANUP(str_free) struct str str = STR_INIT;
    static const char hostile[] =
        "ok\033[2J\n\t\r\x7f\xc2\x9b"
        "31m gr\xc3\xbc\xc3\x9f \xff \xe2\x82 \xed\xa0\x80 \xf0\x9f\x90\x98\0!";
    str_add_printable(&str, hostile, sizeof hostile - 1);
    ck_assert_str_eq(str_text(&str),
                     "ok\\x1b[2J\\n\\t\\x0d\\x7f\\xc2\\x9b31m gr\xc3\xbc\xc3\x9f \\xff \\xe2\\x82 "
                     "\\xed\\xa0\\x80 \xf0\x9f\x90\x98\\x00!");
}
END_TEST

START_TEST(str_predicates_know_null_and_empty)
{
    ck_assert(str_equal(NULL, NULL));
    ck_assert(!str_equal(NULL, ""));
    ck_assert(str_equal("a", "a"));
    ck_assert(!str_equal("a", "b"));
    ck_assert(str_starts("abc", "ab"));
    ck_assert(!str_starts("a", "ab"));
    ck_assert(str_ends("abc", "bc"));
    ck_assert(!str_ends("c", "bc"));
}
END_TEST

START_TEST(str_to_i64_takes_whole_numbers_only)
{
    static const char *const bad[] = {
        "", " 1", "1 ", "+1", "-", "0x10", "1.0", "9223372036854775808", "--1", "1a"};
    int64_t out = 7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(str_to_i64(bad[i], &out) == -1 && out == 7, "'%s' was taken", bad[i]);
    ck_assert_int_eq(str_to_i64("-9223372036854775808", &out), 0);
    ck_assert(out == INT64_MIN);
    ck_assert_int_eq(str_to_i64("42", &out), 0);
    ck_assert_int_eq(out, 42);
}
END_TEST

START_TEST(str_trim_cuts_both_ends)
{
    char text[] = " \t a b \n";
    ck_assert_str_eq(str_trim(text), "a b");
    char blank[] = "  ";
    ck_assert_str_eq(str_trim(blank), "");
}
END_TEST

START_TEST(str_bytes_and_durations_read_well_at_their_edges)
{
    char buf[STR_HUMAN];
    ck_assert_str_eq(str_bytes(buf, 0), "0 B");
    ck_assert_str_eq(str_bytes(buf, 1023), "1023 B");
    ck_assert_str_eq(str_bytes(buf, 1536), "1.5 KiB");
    ck_assert_str_eq(str_bytes(buf, 1048575), "1.0 MiB");
    ck_assert_str_eq(str_bytes(buf, UINT64_MAX), "16.0 EiB");
    ck_assert_str_eq(str_duration_ms(buf, 340), "340 ms");
    ck_assert_str_eq(str_duration_ms(buf, 12449), "12.4 s");
    ck_assert_str_eq(str_duration_ms(buf, 59960), "1 min 00 s");
    ck_assert_str_eq(str_duration_ms(buf, 200000), "3 min 20 s");
    ck_assert_str_eq(str_duration_ms(buf, 3599600), "1 h 00 min");
    ck_assert_str_eq(str_duration_ms(buf, 7500000), "2 h 05 min");
    ck_assert_str_eq(str_duration_ms(buf, -1500), "-1.5 s");
}
END_TEST

START_TEST(str_copy_never_cuts_a_character_in_two)
{
    char buf[6];
    str_copy(buf, sizeof(buf), "abc");
    ck_assert_str_eq(buf, "abc");
    str_copy(buf, sizeof(buf), "abcd\xe2\x82\xac");
    ck_assert_str_eq(buf, "abcd");
    str_copy(buf, sizeof(buf), NULL);
    ck_assert_str_eq(buf, "");
    str_copy(buf, 1, "abc");
    ck_assert_str_eq(buf, "");
}
END_TEST

UNIT_MAIN("str", str_copy_never_cuts_a_character_in_two, str_grows_with_every_kind_of_addition,
          str_grows_exactly_at_its_limit, str_printable_leaves_nothing_that_steers_a_terminal,
          str_predicates_know_null_and_empty, str_to_i64_takes_whole_numbers_only,
          str_trim_cuts_both_ends, str_bytes_and_durations_read_well_at_their_edges)
