/*
 * Log positions as PostgreSQL writes them, and what an SQLSTATE means for a retry.
 */
#include "steps/wire/pg_session.h"

#include "tests/unit/unit.h"

static const struct {
    const char *text;
    uint64_t lsn;
} pairs[] = {{"0/0", 0},
             {"0/3000060", 0x3000060},
             {"1/0", 0x100000000},
             {"16/B374D848", 0x16B374D848},
             {"FFFFFFFF/FFFFFFFF", UINT64_MAX}};

START_TEST(lsn_is_read_and_written_as_the_server_does)
{
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct err err = ERR_INIT;
        char buf[PG_LSN_TEXT];
        uint64_t lsn = 1;
        ck_assert_int_eq(pg_lsn_parse(pairs[i].text, &lsn, &err), 0);
        ck_assert_uint_eq(lsn, pairs[i].lsn);
        ck_assert_str_eq(pg_lsn_text(buf, lsn), pairs[i].text);
    }
}
END_TEST

START_TEST(lsn_may_be_in_small_letters)
{
    struct err err = ERR_INIT;
    uint64_t lsn;
    ck_assert_int_eq(pg_lsn_parse("a/0f", &lsn, &err), 0);
    ck_assert_uint_eq(lsn, 0xA0000000F);
}
END_TEST

START_TEST(what_is_no_lsn_is_refused)
{
    static const char *const bad[] = {"",      "/",    "0",     "0/",          "/0",
                                      "0/0/0", "0/0 ", " 0/0",  "123456789/0", "g/0",
                                      "0/x",   "-1/0", "0x1/0", "0/123456789"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;
        uint64_t lsn;
        ck_assert_msg(pg_lsn_parse(bad[i], &lsn, &err) == -1, "'%s' was taken", bad[i]);
        ck_assert_int_eq(err.code, ERR_DATABASE);
    }
    struct err err = ERR_INIT;
    uint64_t lsn;
    ck_assert_int_eq(pg_lsn_parse(NULL, &lsn, &err), -1);
}
END_TEST

START_TEST(sqlstate_says_whether_a_retry_can_help)
{
    ck_assert_int_eq(pg_code_of("28P01"), ERR_AUTH);
    ck_assert_int_eq(pg_code_of("28000"), ERR_AUTH);
    ck_assert_int_eq(pg_code_of("57P01"), ERR_UNREACHABLE);
    ck_assert_int_eq(pg_code_of("57P03"), ERR_UNREACHABLE);
    ck_assert_int_eq(pg_code_of("08006"), ERR_UNREACHABLE);
    ck_assert_int_eq(pg_code_of(""), ERR_UNREACHABLE);
    ck_assert_int_eq(pg_code_of("57014"), ERR_TIMEOUT);
    ck_assert_int_eq(pg_code_of("25006"), ERR_DATABASE);
    ck_assert_int_eq(pg_code_of("53300"), ERR_DATABASE);
}
END_TEST

UNIT_MAIN("pg_text", lsn_is_read_and_written_as_the_server_does, lsn_may_be_in_small_letters,
          what_is_no_lsn_is_refused, sqlstate_says_whether_a_retry_can_help)
