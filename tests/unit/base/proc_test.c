/*
 * Lines of /proc as the kernel writes them, with the traps that they have.
 */
#include "base/proc.h"

#include "tests/unit/unit.h"

START_TEST(start_is_field_22_whatever_the_command_is_called)
{
    static const char tail[] = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 87654321 20 21";
    static const char *const names[] = {"(sh)", "(a b)", "(a) S 1 2 (b)", "())", "(:-) )"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char line[256];
        snprintf(line, sizeof line, "4711 %s%s", names[i], tail);
        ck_assert_int_eq(proc_start_ticks(line), 87654321);
    }
}
END_TEST

START_TEST(start_is_0_where_the_text_does_not_say)
{
    static const char *const texts[] = {
        "",
        "4711",
        "4711 (sh)",
        "4711 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
        "4711 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ",
        "4711 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 -5 20",
        "4711 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99999999999999999999 20",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        ck_assert_msg(proc_start_ticks(texts[i]) == 0, "'%s'", texts[i]);
}
END_TEST

START_TEST(own_start_is_read_from_the_kernel)
{
    char line[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    fclose(file);
    ck_assert_int_gt(proc_start_ticks(line), 0);
}
END_TEST

START_TEST(lock_line_tells_holder_and_inode)
{
    int64_t pid = 0;
    uint64_t inode = 0;
    ck_assert(proc_lock_holder("3: POSIX  ADVISORY  WRITE 4711 fd:01:2490 1073741826 1073742335\n",
                               &pid, &inode));
    ck_assert_int_eq(pid, 4711);
    ck_assert_uint_eq(inode, 2490);
    ck_assert(proc_lock_holder("12: POSIX ADVISORY READ 1 00:19:18446 0 EOF", &pid, &inode));
    ck_assert_int_eq(pid, 1);
    ck_assert_uint_eq(inode, 18446);
}
END_TEST

START_TEST(other_lock_lines_are_told_apart_and_leave_the_results)
{
    static const char *const lines[] = {
        "",
        "3:",
        "3: FLOCK  ADVISORY  WRITE 4711 fd:01:2490 0 EOF",
        "3: OFDLCK ADVISORY  WRITE -1 fd:01:2490 0 EOF",
        "3: -> POSIX  ADVISORY  WRITE 4711 fd:01:2490 0 EOF",
        "3: POSIX  ADVISORY  WRITE -1 fd:01:2490 0 EOF",
        "3: POSIX  ADVISORY  WRITE 4711",
        "3: POSIX  ADVISORY  WRITE 4711 fd",
        "3: POSIX  ADVISORY  WRITE 4711 fd:01:",
        "3: POSIX  ADVISORY  WRITE 4711 fd:01:24x0 0 EOF",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        int64_t pid = 7;
        uint64_t inode = 8;
        ck_assert_msg(!proc_lock_holder(lines[i], &pid, &inode), "'%s'", lines[i]);
        ck_assert_int_eq(pid, 7);
        ck_assert_uint_eq(inode, 8);
    }
}
END_TEST

UNIT_MAIN("proc", start_is_field_22_whatever_the_command_is_called,
          start_is_0_where_the_text_does_not_say, own_start_is_read_from_the_kernel,
          lock_line_tells_holder_and_inode, other_lock_lines_are_told_apart_and_leave_the_results)
