/*
 * Quoting for a remote shell: the text itself, and what a real shell makes of it.
 */
#include "steps/wire/remote_quote.h"

#include "tests/unit/unit.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(quote_puts_each_argument_in_single_quotes)
{
    CLEANUP(str_free) struct str line = STR_INIT;
    remote_quote(&line, ARGV("ip", "it's", "", "$(x)"));
    ck_assert_str_eq(line.text, "'ip' 'it'\\''s' '' '$(x)'");
}
END_TEST

/* Every byte but NUL, seen by a shell as the argument that it was. */
START_TEST(quote_gives_a_shell_back_every_byte)
{
    CLEANUP(str_free) struct str line = STR_INIT;
    char every[256], back[512] = "";
    for (int i = 1; i < 256; i++)
        every[i - 1] = (char)i;
    every[255] = '\0';
    remote_quote(&line, ARGV("printf", "%s", every));
    FILE *shell = popen(line.text, "re");
    ck_assert_ptr_nonnull(shell);
    size_t len = fread(back, 1, sizeof back - 1, shell);
    ck_assert_int_eq(pclose(shell), 0);
    ck_assert_uint_eq(len, 255);
    ck_assert_int_eq(memcmp(back, every, 255), 0);
}
END_TEST

START_TEST(line_has_a_mark_and_a_time_limit_before_the_command)
{
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str line = STR_INIT, script = STR_INIT, stays = STR_INIT;
    ck_assert_int_eq(remote_quote_line(&line, ARGV("true"), REMOTE_QUOTE_COMMAND, 20050, &err), 0);
    ck_assert_str_eq(line.text, "echo '#ece-migrate#'; exec timeout -k 5 20.050 'true'");
    ck_assert_int_eq(remote_quote_line(&script, ARGV("a b"), REMOTE_QUOTE_SCRIPT, 500, &err), 0);
    ck_assert_str_eq(script.text, "echo '#ece-migrate#'; exec timeout -k 5 0.500 sh -s -- 'a b'");
    ck_assert_int_eq(remote_quote_line(&stays, ARGV("guard"), REMOTE_QUOTE_COMMAND, 0, &err), 0);
    ck_assert_str_eq(stays.text, "echo '#ece-migrate#'; exec 'guard'");
}
END_TEST

START_TEST(line_refuses_a_command_without_a_name)
{
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str line = STR_INIT;
    static const char *const none[] = {NULL};
    ck_assert_int_eq(remote_quote_line(&line, none, REMOTE_QUOTE_COMMAND, 1000, &err), -1);
    ck_assert_int_eq(err.code, ERR_INTERNAL);
}
END_TEST

START_TEST(line_refuses_more_than_sshd_takes)
{
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str line = STR_INIT;
    char longest[REMOTE_QUOTE_MAX + 1];
    memset(longest, 'x', sizeof longest);
    longest[REMOTE_QUOTE_MAX] = '\0';
    ck_assert_int_eq(
        remote_quote_line(&line, ARGV("echo", longest), REMOTE_QUOTE_COMMAND, 1000, &err), -1);
    ck_assert_int_eq(err.code, ERR_INTERNAL);
}
END_TEST

START_TEST(output_begins_after_the_first_mark)
{
    static const char out[] = "noise\n" REMOTE_MARK "\nown\n" REMOTE_MARK "\nown too\n";
    ck_assert_str_eq(remote_quote_after_mark(out, strlen(out)), "own\n" REMOTE_MARK "\nown too\n");
    ck_assert_ptr_null(remote_quote_after_mark("noise\n", 6));
    ck_assert_ptr_null(remote_quote_after_mark(REMOTE_MARK, strlen(REMOTE_MARK)));
    ck_assert_ptr_null(remote_quote_after_mark("", 0));
}
END_TEST

UNIT_MAIN("remote_quote", quote_puts_each_argument_in_single_quotes,
          quote_gives_a_shell_back_every_byte, line_has_a_mark_and_a_time_limit_before_the_command,
          line_refuses_a_command_without_a_name, line_refuses_more_than_sshd_takes,
          output_begins_after_the_first_mark)
