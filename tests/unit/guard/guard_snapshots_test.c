/*
 * The plan's list of databases.
 */
#include "steps/guard/snapshots.h"

#include "tests/unit/unit.h"

START_TEST(names_are_cut_at_spaces_and_quotes_hold_them_together)
{
    char **name;
    ck_assert_int_eq(snapshots_names("  orders \"two words\" \"a \"\"b\"\"\"  x", &name), 4);
    ck_assert_str_eq(name[0], "orders");
    ck_assert_str_eq(name[1], "two words");
    ck_assert_str_eq(name[2], "a \"b\"");
    ck_assert_str_eq(name[3], "x");
    for (int i = 0; i < 4; i++)
        free(name[i]);
    free(name);
}
END_TEST

START_TEST(list_may_be_empty_and_an_open_quote_is_refused)
{
    char **name;
    ck_assert_int_eq(snapshots_names("", &name), 0);
    ck_assert_int_eq(snapshots_names("a \"b", &name), -1);
    ck_assert_ptr_null(name);
}
END_TEST

UNIT_MAIN("guard snapshots", names_are_cut_at_spaces_and_quotes_hold_them_together,
          list_may_be_empty_and_an_open_quote_is_refused)
