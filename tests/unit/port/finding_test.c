/*
 * The list of findings: it grows, keeps copies, and counts by level.
 */
#include "steps/port/finding.h"
#include "tests/unit/unit.h"

START_TEST(findings_keep_copies_of_all_they_are_given)
{
    struct arena *arena = arena_new();
    struct findings found;
    char check[] = "wal_level", object[] = "sdb", remedy[] = "ALTER SYSTEM";
    findings_init(&found, arena);
    findings_add(&found, FINDING_BLOCK, check, object, remedy, "is %d", 7);
    check[0] = object[0] = remedy[0] = '?';
    ck_assert_str_eq(found.item[0].check, "wal_level");
    ck_assert_str_eq(found.item[0].object, "sdb");
    ck_assert_str_eq(found.item[0].remedy, "ALTER SYSTEM");
    ck_assert_str_eq(found.item[0].text, "is 7");
    arena_free(arena);
}
END_TEST

START_TEST(list_of_a_hundred_keeps_its_order)
{
    struct arena *arena = arena_new();
    struct findings found;
    findings_init(&found, arena);
    for (int i = 0; i < 100; i++)
        findings_add(&found, i % 3 ? FINDING_PASS : FINDING_WARN, "check", "host", NULL, "%d", i);
    ck_assert_uint_eq(found.len, 100);
    ck_assert_str_eq(found.item[0].text, "0");
    ck_assert_str_eq(found.item[99].text, "99");
    ck_assert_str_eq(found.item[50].remedy, "");
    ck_assert_uint_eq(findings_count(&found, FINDING_WARN), 34);
    ck_assert_uint_eq(findings_count(&found, FINDING_PASS), 66);
    ck_assert_uint_eq(findings_count(&found, FINDING_BLOCK), 0);
    arena_free(arena);
}
END_TEST

START_TEST(levels_have_names)
{
    ck_assert_str_eq(finding_level_name(FINDING_PASS), "pass");
    ck_assert_str_eq(finding_level_name(FINDING_WARN), "warn");
    ck_assert_str_eq(finding_level_name(FINDING_BLOCK), "block");
}
END_TEST

UNIT_MAIN("finding", findings_keep_copies_of_all_they_are_given, list_of_a_hundred_keeps_its_order,
          levels_have_names)
