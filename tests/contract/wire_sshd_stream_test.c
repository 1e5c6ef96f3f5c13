/*
 * Commands that stay: lines both ways over a real sshd.
 */
#include <signal.h>

#include "tests/contract/wire.h"

static struct sshd sshd, noisy;
static struct spec_host host;

static struct remote_stream *open_stream(struct wire_test *t, const struct spec_host *at,
                                         const char *const *argv)
{
    struct remote_stream *stream = NULL;
    ck_assert_worked(t, remote_stream_open(&stream, t->world, at, argv, &t->err));
    return stream;
}

#define ck_assert_line(t, stream, want)                                                            \
    do {                                                                                           \
        const char *got_line;                                                                      \
        ck_assert_worked((t), remote_stream_read((stream), 5000, &got_line, &(t)->err));           \
        ck_assert_str_eq(got_line, (want));                                                        \
    } while (0)

START_TEST(stream_answers_line_by_line)
{
    struct wire_test t;
    char text[32];
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(&t, &host, ARGV("cat"));
    for (int i = 0; i < 200; i++) {
        (void)snprintf(text, sizeof text, "line %d", i);
        ck_assert_worked(&t, remote_stream_write(stream, text, &t.err));
        ck_assert_line(&t, stream, text);
    }
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_gives_lines_in_order_however_they_come)
{
    struct wire_test t;
    const char *line;
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(
        &t, &host, ARGV("sh", "-c", "printf 'a\\nb\\n\\nc'; sleep 0.1; printf 'd\\nlast'"));
    static const char *const want[] = {"a", "b", "", "cd", "last"};
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        ck_assert_line(&t, stream, want[i]);
    ck_assert_int_eq(remote_stream_read(stream, 5000, &line, &t.err), 1);
    ck_assert_int_eq(remote_stream_read(stream, 5000, &line, &t.err), 1);
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_goes_on_after_a_read_that_found_nothing)
{
    struct wire_test t;
    const char *line;
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(&t, &host, ARGV("cat"));
    ck_assert_failed(&t, remote_stream_read(stream, 50, &line, &t.err), ERR_TIMEOUT, "50 ms");
    ck_assert_failed(&t, remote_stream_read(stream, 0, &line, &t.err), ERR_TIMEOUT, "0 ms");
    ck_assert_worked(&t, remote_stream_write(stream, "still here", &t.err));
    ck_assert_line(&t, stream, "still here");
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_does_not_stand_in_the_way_of_commands)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(&t, &host, ARGV("cat"));
    for (int i = 0; i < 20; i++) {
        ck_assert_worked(&t, remote_stream_write(stream, "x", &t.err));
        ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("true")));
        ck_assert_line(&t, stream, "x");
    }
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_reads_on_while_stderr_is_full)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream =
        open_stream(&t, &host, ARGV("sh", "-c", "head -c 10000000 /dev/zero >&2; echo out"));
    ck_assert_line(&t, stream, "out");
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_tells_a_line_that_never_ends)
{
    struct wire_test t;
    const char *line;
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(&t, &host, ARGV("cat", "/dev/zero"));
    ck_assert_failed(&t, remote_stream_read(stream, 5000, &line, &t.err), ERR_REMOTE,
                     "longer than");
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_overlooks_what_a_login_script_prints)
{
    struct wire_test t;
    struct spec_host there = sshd_host(&noisy, "noisy");
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(&t, &there, ARGV("echo", "own"));
    ck_assert_line(&t, stream, "own");
    remote_stream_close(stream);
    wire_end(&t);
}
END_TEST

START_TEST(stream_tells_a_lost_connection_from_an_end)
{
    struct wire_test t;
    struct sshd own;
    const char *line;
    sshd_start(&own, "");
    struct spec_host there = sshd_host(&own, "there");
    wire_begin(&t, NULL, NULL);
    struct remote_stream *stream = open_stream(&t, &there, ARGV("cat"));
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGKILL), 1);
    ck_assert_failed(&t, remote_stream_read(stream, 5000, &line, &t.err), ERR_UNREACHABLE, "lost");
    ck_assert_failed(&t, remote_stream_read(stream, 5000, &line, &t.err), ERR_UNREACHABLE, "lost");
    ck_assert_failed(&t, remote_stream_write(stream, "x", &t.err), ERR_UNREACHABLE, "lost");
    remote_stream_close(stream);
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

START_TEST(stream_is_refused_while_the_world_is_only_read)
{
    struct wire_test t;
    struct remote_stream *stream;
    wire_begin(&t, NULL, NULL);
    world_set_mode(t.world, WORLD_READ);
    ck_assert_failed(&t, remote_stream_open(&stream, t.world, &host, ARGV("cat"), &t.err), ERR_DRY,
                     "cat");
    wire_end(&t);
}
END_TEST

START_TEST(stream_that_is_closed_ends_the_input_of_its_command)
{
    struct wire_test t;
    char path[96];
    wire_begin(&t, NULL, NULL);
    (void)snprintf(path, sizeof path, "%s/stream-pid", sshd.dir);
    struct remote_stream *stream =
        open_stream(&t, &host, ARGV("sh", "-c", "echo $$ > \"$0\"; echo up; exec cat", path));
    ck_assert_line(&t, stream, "up");
    ck_assert(sshd_process_runs(path));
    remote_stream_close(stream);
    for (int i = 0; i < 500 && sshd_process_runs(path); i++)
        (void)usleep(10000);
    ck_assert(!sshd_process_runs(path));
    wire_end(&t);
}
END_TEST

static void note(void *arg, const struct world_io *io)
{
    str_printf(arg, "%s <%s> in <%s> out <%s>\n", io->kind, io->argv[0], io->in, io->out);
}

START_TEST(tap_is_told_each_line)
{
    struct wire_test t;
    const char *line;
    CLEANUP(str_free) struct str notes = STR_INIT;
    wire_begin(&t, note, &notes);
    struct remote_stream *stream = open_stream(&t, &host, ARGV("cat"));
    ck_assert_worked(&t, remote_stream_write(stream, "hold", &t.err));
    ck_assert_line(&t, stream, "hold");
    ck_assert_int_eq(remote_stream_read(stream, 1, &line, &t.err), -1);
    ck_assert_str_eq(str_text(&notes), "stream <cat> in <> out <>\nstream <cat> in <hold> out <>\n"
                                       "stream <cat> in <> out <hold>\n");
    remote_stream_close(stream);
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
        stream_answers_line_by_line,
        stream_gives_lines_in_order_however_they_come,
        stream_goes_on_after_a_read_that_found_nothing,
        stream_does_not_stand_in_the_way_of_commands,
        stream_reads_on_while_stderr_is_full,
        stream_tells_a_line_that_never_ends,
        stream_overlooks_what_a_login_script_prints,
        stream_tells_a_lost_connection_from_an_end,
        stream_is_refused_while_the_world_is_only_read,
        stream_that_is_closed_ends_the_input_of_its_command,
        tap_is_told_each_line,
    };
    int status = unit_run("wire_sshd_stream", tests, ARRAY_LEN(tests));
    sshd_stop(&noisy);
    sshd_stop(&sshd);
    return status;
}
