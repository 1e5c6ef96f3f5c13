/*
 * Commands over a real sshd: what they say, how they end, and what happens when they or the host do
 * not.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/contract/wire.h"

static struct sshd sshd, noisy;
static struct spec_host host;

START_TEST(run_tells_both_streams_and_the_exit_status)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t,
                     wire_probe(&t, &host, 0, ARGV("sh", "-c", "echo one; echo two >&2; exit 7")));
    ck_assert_int_eq(t.reply.status, 7);
    ck_assert_str_eq(t.reply.out, "one\n");
    ck_assert_str_eq(t.reply.errout, "two\n");
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("true")));
    ck_assert_int_eq(t.reply.status, 0);
    ck_assert_str_eq(t.reply.out, "");
    wire_end(&t);
}
END_TEST

START_TEST(run_tells_a_missing_command_by_status_127)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("no-such-command")));
    ck_assert_int_eq(t.reply.status, 127);
    wire_end(&t);
}
END_TEST

START_TEST(run_tells_a_signal_as_128_plus_its_number)
{
    static const int signals[] = {SIGKILL, SIGSEGV, SIGTERM, SIGUSR1};
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "kill -%d $$", signals[i]);
        ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("sh", "-c", text)));
        ck_assert_int_eq(t.reply.status, 128 + signals[i]);
    }
    wire_end(&t);
}
END_TEST

START_TEST(run_passes_arguments_as_they_are)
{
    static const char *const nasty[] = {"a b",        "it's",  "\"x\"", "line\nline", "$(exit 3)",
                                        "`id`",       "",      "*",     "\\",         "-n",
                                        "$HOME;true", "a'b'c", "'",     "~",          NULL};
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    CLEANUP(str_free) struct str want = STR_INIT;
    for (size_t i = 0; nasty[i]; i++)
        str_printf(&want, "[%s]", nasty[i]);
    ck_assert_worked(&t, wire_script(&t, &host, "printf '[%s]' \"$@\"; cat", nasty));
    ck_assert_int_eq(t.reply.status, 0);
    ck_assert_str_eq(t.reply.out, want.text);
    wire_end(&t);
}
END_TEST

START_TEST(run_takes_scripts_longer_than_a_command_line_may_be)
{
    struct wire_test t;
    CLEANUP(str_free) struct str script = STR_INIT;
    wire_begin(&t, NULL, NULL);
    for (int i = 0; i < 20000; i++)
        str_printf(&script, ": line number %d\n", i);
    str_add(&script, "echo end $#\n");
    ck_assert_worked(&t, wire_script(&t, &host, script.text, ARGV("x", "y")));
    ck_assert_str_eq(t.reply.out, "end 2\n");
    char *longest = arena_alloc(t.arena, 40001);
    memset(longest, 'x', 40000);
    ck_assert_failed(&t, wire_probe(&t, &host, 0, ARGV("echo", longest)), ERR_INTERNAL, "40");
    wire_end(&t);
}
END_TEST

START_TEST(run_reads_ten_megabytes_of_stderr_and_a_little_stdout)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(
        &t,
        wire_script(&t, &host, "echo first; head -c 10485760 /dev/zero >&2; echo last", ARGV("x")));
    ck_assert_int_eq(t.reply.status, 0);
    ck_assert_str_eq(t.reply.out, "first\nlast\n");
    ck_assert_uint_eq(t.reply.errout_len, 4 << 20);
    wire_end(&t);
}
END_TEST

START_TEST(run_keeps_four_mebibytes_of_stdout_and_drops_the_rest)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("head", "-c", "30000000", "/dev/zero")));
    ck_assert_int_eq(t.reply.status, 0);
    ck_assert_uint_gt(t.reply.out_len, (4 << 20) - 100);
    ck_assert_uint_le(t.reply.out_len, 4 << 20);
    wire_end(&t);
}
END_TEST

START_TEST(run_does_not_mind_a_command_that_leaves_its_input_unread)
{
    struct wire_test t;
    CLEANUP(str_free) struct str script = STR_INIT;
    wire_begin(&t, NULL, NULL);
    str_add(&script, "exec 0</dev/null; echo done; exit 4\n");
    for (int i = 0; i < 300000; i++)
        str_add(&script, ": never read\n");
    ck_assert_worked(&t, wire_script(&t, &host, script.text, ARGV("x")));
    ck_assert_int_eq(t.reply.status, 4);
    ck_assert_str_eq(t.reply.out, "done\n");
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("true")));
    wire_end(&t);
}
END_TEST

START_TEST(run_ends_a_command_on_the_host_at_its_time_limit)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    char path[96];
    (void)snprintf(path, sizeof path, "%s/pid", sshd.dir);
    ck_assert_failed(
        &t, wire_probe(&t, &host, 300, ARGV("sh", "-c", "echo $$ > \"$0\"; exec sleep 61", path)),
        ERR_TIMEOUT, "300 ms");
    ck_assert(!sshd_process_runs(path));
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("true")));
    wire_end(&t);
}
END_TEST

START_TEST(run_ends_a_command_that_ignores_the_first_signal)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    char path[96];
    (void)snprintf(path, sizeof path, "%s/stubborn", sshd.dir);
    ck_assert_failed(
        &t,
        wire_probe(
            &t, &host, 300,
            ARGV("sh", "-c", "trap '' TERM; echo $$ > \"$0\"; while :; do sleep 1; done", path)),
        ERR_TIMEOUT, "300 ms");
    ck_assert(!sshd_process_runs(path));
    wire_end(&t);
}
END_TEST

START_TEST(run_takes_124_for_a_status_when_the_limit_was_not_reached)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("sh", "-c", "exit 124")));
    ck_assert_int_eq(t.reply.status, 124);
    wire_end(&t);
}
END_TEST

/* Does something to the sessions of sshd once the command that the test waits for has made a file.
 */
static void once_there(const char *path, const struct sshd *of, int signal)
{
    if (fork() != 0)
        return;
    while (access(path, F_OK) != 0)
        (void)usleep(10000);
    (void)sshd_signal_sessions(of, signal);
    _exit(0);
}

START_TEST(run_tells_a_lost_connection_from_success)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "");
    struct spec_host there = sshd_host(&own, "there");
    wire_begin(&t, NULL, NULL);
    char path[96];
    (void)snprintf(path, sizeof path, "%s/running", own.dir);
    once_there(path, &own, SIGKILL);
    ck_assert_failed(&t,
                     wire_probe(&t, &there, 20000, ARGV("sh", "-c", "touch \"$0\"; sleep 5", path)),
                     ERR_UNREACHABLE, "lost");
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("echo", "again")));
    ck_assert_str_eq(t.reply.out, "again\n");
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

START_TEST(run_connects_again_when_the_connection_was_lost_in_between)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "");
    struct spec_host there = sshd_host(&own, "there");
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("true")));
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGTERM), 1);
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("true")));
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGKILL), 1);
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("true")));
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGKILL), 1);
    kill(own.pid, SIGKILL);
    waitpid(own.pid, NULL, 0);
    ck_assert_failed(&t, wire_probe(&t, &there, 0, ARGV("true")), ERR_UNREACHABLE, "refused");
    wire_end(&t);
    sshd_shell("rm -rf %s", own.dir);
}
END_TEST

START_TEST(run_gives_up_on_a_stopped_sshd)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "");
    struct spec_host there = sshd_host(&own, "there");
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("true")));
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGSTOP), 1);
    ck_assert_failed(&t, wire_probe(&t, &there, 100, ARGV("true")), ERR_TIMEOUT, "no answer");
    ck_assert_int_lt(t.reply.took_us, 7000000);
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("true")));
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

START_TEST(run_overlooks_what_a_login_script_prints)
{
    struct wire_test t;
    struct spec_host there = sshd_host(&noisy, "noisy");
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, wire_probe(&t, &there, 0, ARGV("echo", "answer")));
    ck_assert_str_eq(t.reply.out, "answer\n");
    wire_end(&t);
}
END_TEST

START_TEST(run_tells_a_login_shell_that_runs_nothing)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "ForceCommand echo This account is currently not available.; exit 0");
    struct spec_host there = sshd_host(&own, "there");
    wire_begin(&t, NULL, NULL);
    ck_assert_failed(&t, wire_probe(&t, &there, 0, ARGV("true")), ERR_REMOTE, "not available");
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

START_TEST(change_is_refused_while_the_world_is_only_read)
{
    struct wire_test t;
    char path[96];
    wire_begin(&t, NULL, NULL);
    world_set_mode(t.world, WORLD_READ);
    (void)snprintf(path, sizeof path, "%s/touched", sshd.dir);
    const struct remote_cmd cmd = {.argv = ARGV("touch", path)};
    ck_assert_failed(&t, remote_change(t.world, &host, &cmd, t.arena, &t.reply, &t.err), ERR_DRY,
                     "touched");
    ck_assert_int_eq(access(path, F_OK), -1);
    world_set_mode(t.world, WORLD_CHANGE);
    ck_assert_worked(&t, remote_change_ok(t.world, &host, &cmd, t.arena, &t.reply, &t.err));
    ck_assert_int_eq(access(path, F_OK), 0);
    wire_end(&t);
}
END_TEST

START_TEST(ok_calls_tell_the_status_and_the_last_line_of_stderr)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    const struct remote_cmd cmd = {.argv = ARGV("sh", "-c", "echo a >&2; echo reason >&2; exit 3")};
    ck_assert_failed(&t, remote_probe_ok(t.world, &host, &cmd, t.arena, &t.reply, &t.err),
                     ERR_REMOTE, "status 3: reason");
    wire_end(&t);
}
END_TEST

static void note(void *arg, const struct world_io *io)
{
    struct str *notes = arg;
    str_printf(notes, "%s %s", io->host, io->kind);
    for (size_t i = 0; io->argv[i]; i++)
        str_printf(notes, " <%s>", io->argv[i]);
    str_printf(notes, " in <%s> out <%s> err <%s> status %d %s\n", io->in, io->out, io->errout,
               io->status, io->failure ? "failed" : "done");
}

START_TEST(tap_is_told_everything)
{
    struct wire_test t;
    CLEANUP(str_free) struct str notes = STR_INIT;
    wire_begin(&t, note, &notes);
    ck_assert_worked(&t, wire_script(&t, &host, "echo $1; echo e >&2; exit 5", ARGV("x y")));
    (void)wire_probe(&t, &host, 100, ARGV("sleep", "3"));
    ck_assert_str_eq(str_text(&notes),
                     "host probe <sh> <-s> <--> <x y> in <echo $1; echo e >&2; exit 5> out <x y\n"
                     "> err <e\n> status 5 done\n"
                     "host probe <sleep> <3> in <> out <> err <> status -1 failed\n");
    wire_end(&t);
}
END_TEST

START_TEST(run_goes_on_beyond_the_sessions_an_sshd_allows)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    for (int i = 0; i < 50; i++)
        ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("true")));
    wire_end(&t);
}
END_TEST

int main(void)
{
    sshd_need();
    sshd_start(&sshd, "");
    sshd_start(&noisy, "ForceCommand echo noise; echo noise >&2; eval \"$SSH_ORIGINAL_COMMAND\"");
    host = sshd_host(&sshd, "host");
    const TTest *const tests[] = {
        run_tells_both_streams_and_the_exit_status,
        run_tells_a_missing_command_by_status_127,
        run_tells_a_signal_as_128_plus_its_number,
        run_passes_arguments_as_they_are,
        run_takes_scripts_longer_than_a_command_line_may_be,
        run_reads_ten_megabytes_of_stderr_and_a_little_stdout,
        run_keeps_four_mebibytes_of_stdout_and_drops_the_rest,
        run_does_not_mind_a_command_that_leaves_its_input_unread,
        run_ends_a_command_on_the_host_at_its_time_limit,
        run_ends_a_command_that_ignores_the_first_signal,
        run_takes_124_for_a_status_when_the_limit_was_not_reached,
        run_tells_a_lost_connection_from_success,
        run_connects_again_when_the_connection_was_lost_in_between,
        run_gives_up_on_a_stopped_sshd,
        run_overlooks_what_a_login_script_prints,
        run_tells_a_login_shell_that_runs_nothing,
        change_is_refused_while_the_world_is_only_read,
        ok_calls_tell_the_status_and_the_last_line_of_stderr,
        tap_is_told_everything,
        run_goes_on_beyond_the_sessions_an_sshd_allows,
    };
    int status = unit_run("wire_sshd_run", tests, ARRAY_LEN(tests));
    sshd_stop(&noisy);
    sshd_stop(&sshd);
    return status;
}
