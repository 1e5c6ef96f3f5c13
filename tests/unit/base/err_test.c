/*
 * Errors as values: texts, context, and the table.
 */
#include "base/err.h"

#include <errno.h>

#include "tests/unit/unit.h"

START_TEST(err_set_says_code_and_text_and_returns_minus_one)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(err_set(&err, ERR_SPEC, "no such key '%s'", "mtu"), -1);
    ck_assert_int_eq(err.code, ERR_SPEC);
    ck_assert_str_eq(err.text, "no such key 'mtu'");
    ck_assert_int_eq(err.os_errno, 0);
}
END_TEST

START_TEST(err_set_errno_keeps_errno_and_says_what_it_means)
{
    struct err err = ERR_INIT;
    errno = ENOENT;
    err_set_errno(&err, ERR_STATE, "cannot open '%s'", "x");
    ck_assert_str_eq(err.text, "cannot open 'x': No such file or directory");
    ck_assert_int_eq(err.os_errno, ENOENT);
}
END_TEST

START_TEST(err_add_puts_context_in_front_and_keeps_code_and_errno)
{
    struct err err = ERR_INIT;
    errno = EACCES;
    err_set_errno(&err, ERR_STATE, "inner");
    ck_assert_int_eq(err_add(&err, "track '%s'", "orders"), -1);
    ck_assert_int_eq(err_add(&err, "resume"), -1);
    ck_assert_str_eq(err.text, "resume: track 'orders': inner: Permission denied");
    ck_assert_int_eq(err.code, ERR_STATE);
    ck_assert_int_eq(err.os_errno, EACCES);
}
END_TEST

START_TEST(err_add_may_quote_the_text_it_adds_to)
{
    struct err err = ERR_INIT;
    err_set(&err, ERR_REMOTE, "inner");
    err_add(&err, "saw '%s'", err.text);
    ck_assert_str_eq(err.text, "saw 'inner': inner");
}
END_TEST

START_TEST(err_text_that_is_too_long_is_cut_and_says_so)
{
    char longer[4096];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    struct err err = ERR_INIT;
    err_set(&err, ERR_REMOTE, "%s", longer);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_str_eq(err.text + sizeof err.text - 5, "x...");
    err_add(&err, "outer");
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_int_eq(strncmp(err.text, "outer: xxx", 10), 0);
    ck_assert_str_eq(err.text + sizeof err.text - 4, "...");
    err_set(&err, ERR_REMOTE, "%.2047s", longer);
    ck_assert_str_eq(err.text + sizeof err.text - 5, "xxxx");
}
END_TEST

START_TEST(err_clear_forgets_everything)
{
    struct err err = ERR_INIT;
    err_set(&err, ERR_HELD, "text");
    err_clear(&err);
    ck_assert_int_eq(err.code, ERR_NONE);
    ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(err_table_gives_each_code_a_name_a_hint_and_a_status_of_its_own)
{
    ck_assert_int_eq(err_count(), ERR_MEMORY + 1);
    for (int i = 0; i < err_count(); i++) {
        enum err_code code = (enum err_code)i;
        ck_assert_str_ne(err_name(code), "");
        ck_assert((code == ERR_NONE) == (err_hint(code)[0] == '\0'));
        for (int j = 0; j < i; j++)
            ck_assert_int_ne(err_exit_status((enum err_code)j), err_exit_status(code));
    }
    ck_assert_str_eq(err_name(ERR_UNREACHABLE), "unreachable");
    ck_assert_int_eq(err_exit_status(ERR_NONE), 0);
    ck_assert_int_eq(err_retry(ERR_HELD), ERR_RETRY_PERSON);
    ck_assert_int_eq(err_retry(ERR_UNREACHABLE), ERR_RETRY_LATER);
}
END_TEST

UNIT_MAIN("err", err_set_says_code_and_text_and_returns_minus_one,
          err_set_errno_keeps_errno_and_says_what_it_means,
          err_add_puts_context_in_front_and_keeps_code_and_errno,
          err_add_may_quote_the_text_it_adds_to, err_text_that_is_too_long_is_cut_and_says_so,
          err_clear_forgets_everything,
          err_table_gives_each_code_a_name_a_hint_and_a_status_of_its_own)
