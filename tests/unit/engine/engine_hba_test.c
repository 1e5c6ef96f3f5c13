/*
 * Lines of pg_hba.conf: ours, and what others' say.
 */
#include "steps/port/engine/postgresql_hba.h"

#include "tests/unit/unit.h"

START_TEST(the_source_lets_us_in_before_it_asks_the_fence)
{
    const struct postgresql_hba_lines lines = {.role = "ece_x",
                                               .own_address = "10.10.0.10",
                                               .proxy = "10.30.0.10",
                                               .standby = "10.20.0.10",
                                               .fence_file = "/data/ece_x.fence"};
    CLEANUP(str_free) struct str out = STR_INIT;
    postgresql_hba_lines(&lines, &out);
    ck_assert_str_eq(str_text(&out), "hostssl replication ece_x 10.20.0.10/32 scram-sha-256\n"
                                     "hostssl all ece_x 10.30.0.10/32 scram-sha-256\n"
                                     "host all ece_x 10.10.0.10/32 scram-sha-256\n"
                                     "host all ece_x 127.0.0.1/32 scram-sha-256\n"
                                     "local @\"/data/ece_x.fence\" all reject\n"
                                     "host @\"/data/ece_x.fence\" all all reject\n");
}
END_TEST

START_TEST(the_target_has_no_fence_and_no_replication)
{
    const struct postgresql_hba_lines lines = {
        .role = "ece_x", .own_address = "10.20.0.10", .proxy = "10.30.0.10"};
    CLEANUP(str_free) struct str out = STR_INIT;
    postgresql_hba_lines(&lines, &out);
    ck_assert_ptr_null(strstr(str_text(&out), "replication"));
    ck_assert_ptr_null(strstr(str_text(&out), "reject"));
}
END_TEST

START_TEST(in_a_window_the_target_lets_the_old_source_in_and_can_be_closed)
{
    const struct postgresql_hba_lines lines = {.role = "ece_x",
                                               .own_address = "10.20.0.10",
                                               .proxy = "10.30.0.10",
                                               .standby = "10.10.0.10",
                                               .standby_asks = true,
                                               .fence_file = "/data/ece_x.fence"};
    CLEANUP(str_free) struct str out = STR_INIT;
    postgresql_hba_lines(&lines, &out);
    ck_assert_ptr_nonnull(strstr(str_text(&out), "hostssl replication ece_x 10.10.0.10/32 scram"));
    ck_assert_ptr_nonnull(strstr(str_text(&out), "hostssl all ece_x 10.10.0.10/32 scram"));
    /* The fence comes last, or it would bind ourselves. */
    ck_assert_ptr_nonnull(strstr(str_text(&out), "host @\"/data/ece_x.fence\" all all reject\n"));
    ck_assert(strstr(str_text(&out), "reject") > strstr(str_text(&out), "127.0.0.1"));
}
END_TEST

/* What a file says to users of `orders` from 10.30.0.10. */
static const struct {
    const char *text;
    enum postgresql_hba_answer answer;
} files[] = {
    {"", POSTGRESQL_HBA_SILENT},
    {"local all all trust\n", POSTGRESQL_HBA_SILENT},
    {"host all all 10.30.0.10/32 scram-sha-256\n", POSTGRESQL_HBA_ADMITS},
    {"hostssl all all 10.30.0.0/16 scram-sha-256", POSTGRESQL_HBA_ADMITS},
    {"host all all 0.0.0.0/0 md5\r\n", POSTGRESQL_HBA_ADMITS},
    {"host all all all md5\n", POSTGRESQL_HBA_ADMITS},
    {"host\torders,other\tall\t10.30.0.10\t255.255.255.255\tmd5\n", POSTGRESQL_HBA_ADMITS},
    {"host \"orders\" all 10.30.0.10/32 md5 # the shop\n", POSTGRESQL_HBA_ADMITS},
    {"# host all all 10.30.0.10/32 md5\n", POSTGRESQL_HBA_SILENT},
    {"hostnossl all all 10.30.0.10/32 md5\n", POSTGRESQL_HBA_SILENT},
    {"host other all 10.30.0.10/32 md5\n", POSTGRESQL_HBA_SILENT},
    {"host replication all 10.30.0.10/32 md5\n", POSTGRESQL_HBA_SILENT},
    {"host all all 10.31.0.0/16 md5\n", POSTGRESQL_HBA_SILENT},
    {"host all all 10.30.0.10/32 reject\nhost all all all md5\n", POSTGRESQL_HBA_REJECTS},
    {"host all all 10.30.0.10 255.255.255.255 reject\n", POSTGRESQL_HBA_REJECTS},
    {"host all all 10.30.0.10/32 reject# nobody\n", POSTGRESQL_HBA_REJECTS},
    {"host all shop 10.30.0.10/32 md5\n", POSTGRESQL_HBA_SOME},
    {"host all shop 10.30.0.10/32 md5\nhost all all all reject\n", POSTGRESQL_HBA_SOME},
    {"host all shop 10.30.0.10/32 md5\nhost all all all md5\n", POSTGRESQL_HBA_ADMITS},
    {"host all bad 10.30.0.10/32 reject\nhost all all all md5\n", POSTGRESQL_HBA_ADMITS},
    {"host all all ::1/128 md5\n", POSTGRESQL_HBA_SILENT},
};

START_TEST(a_file_answers_by_the_first_line_that_matches)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        ck_assert_msg(postgresql_hba_ask(files[i].text, "orders", "10.30.0.10") == files[i].answer,
                      "file %zu: %s", i, files[i].text);
}
END_TEST

UNIT_MAIN("engine_hba", the_source_lets_us_in_before_it_asks_the_fence,
          the_target_has_no_fence_and_no_replication,
          in_a_window_the_target_lets_the_old_source_in_and_can_be_closed,
          a_file_answers_by_the_first_line_that_matches)
