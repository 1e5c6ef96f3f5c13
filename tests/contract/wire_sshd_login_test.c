/*
 * Who is let in where: host keys, private keys, and hosts that are not there or do not answer.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/contract/wire.h"

static struct sshd sshd, outer;

static int try_host(struct wire_test *t, const struct spec_host *host)
{
    return wire_probe(t, host, 0, ARGV("true"));
}

START_TEST(host_is_known_by_its_ed25519_or_its_ecdsa_key)
{
    struct wire_test t;
    struct spec_host host = sshd_host(&sshd, "host"), ecdsa = host;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, try_host(&t, &host));
    ecdsa.host_key = sshd.host_key_ecdsa;
    ck_assert_worked(&t, try_host(&t, &ecdsa));
    wire_end(&t);
}
END_TEST

START_TEST(another_host_key_is_refused_and_both_are_shown)
{
    struct wire_test t;
    struct spec_host host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    host.host_key = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, host.host_key);
    ck_assert_ptr_nonnull(strstr(t.err.text, sshd.host_key));
    ck_assert_ptr_nonnull(strstr(t.err.text, sshd.host_key_ecdsa));
    wire_end(&t);
}
END_TEST

START_TEST(host_without_a_cipher_of_ours_is_refused)
{
    struct wire_test t;
    struct sshd modern;
    sshd_start(&modern, "Ciphers aes256-gcm@openssh.com");
    struct spec_host host = sshd_host(&modern, "host");
    wire_begin(&t, NULL, NULL);
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "aes-ctr");
    wire_end(&t);
    sshd_stop(&modern);
}
END_TEST

static void make_key(char path[128], const char *name, const char *options, bool authorise)
{
    (void)snprintf(path, 128, "%s/%s", sshd.dir, name);
    sshd_shell("ssh-keygen -q -f %s %s", path, options);
    if (authorise)
        sshd_shell("cat %s.pub >> %s/authorized", path, sshd.dir);
}

START_TEST(key_that_is_not_authorised_is_told)
{
    struct wire_test t;
    char path[128];
    struct spec_host host = sshd_host(&sshd, "host");
    make_key(path, "stranger", "-t ed25519 -N ''", false);
    wire_begin(&t, NULL, NULL);
    host.key_file = path;
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "authorized_keys");
    host.key_file = sshd.user_key;
    host.user = "nobody-we-know";
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "nobody-we-know");
    wire_end(&t);
}
END_TEST

START_TEST(missing_and_rsa_keys_are_told)
{
    struct wire_test t;
    char path[128];
    struct spec_host host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    host.key_file = "/nonexistent/key";
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "/nonexistent/key");
    make_key(path, "rsa", "-t rsa -N ''", true);
    host.key_file = path;
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "is RSA");
    wire_end(&t);
}
END_TEST

static const char *const kinds[] = {"-t ed25519", "-t ecdsa", "-t ecdsa -b 521", "-t ecdsa -m PEM"};

START_TEST(key_of_each_kind_logs_in)
{
    struct wire_test t;
    char path[128], name[16], options[64];
    struct spec_host host = sshd_host(&sshd, "host");
    (void)snprintf(name, sizeof name, "plain%d", _i);
    (void)snprintf(options, sizeof options, "%s -N ''", kinds[_i]);
    make_key(path, name, options, true);
    wire_begin(&t, NULL, NULL);
    host.key_file = path;
    ck_assert_worked(&t, try_host(&t, &host));
    wire_end(&t);
}
END_TEST

START_TEST(passphrase_opens_a_key_and_a_wrong_one_is_told)
{
    struct wire_test t;
    char path[128], name[16], options[64], right[128], wrong[128];
    struct spec_host host = sshd_host(&sshd, "host");
    (void)snprintf(name, sizeof name, "locked%d", _i);
    (void)snprintf(options, sizeof options, "%s -N 'open sesame'", kinds[_i]);
    make_key(path, name, options, true);
    (void)snprintf(right, sizeof right, "%s/right", sshd.dir);
    (void)snprintf(wrong, sizeof wrong, "%s/wrong", sshd.dir);
    sshd_shell("echo open sesame > %s; echo open barley > %s; chmod 600 %s %s", right, wrong, right,
               wrong);
    const struct secret_ref right_ref = {.kind = SECRET_FILE, .where = right};
    const struct secret_ref wrong_ref = {.kind = SECRET_FILE, .where = wrong};
    const struct secret_ref no_ref = {.kind = SECRET_FILE, .where = "/nonexistent/phrase"};
    wire_begin(&t, NULL, NULL);
    host.key_file = path;
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "has a passphrase and none is given");
    host.passphrase = &wrong_ref;
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "does not open");
    host.passphrase = &no_ref;
    ck_assert_failed(&t, try_host(&t, &host), ERR_SPEC, "/nonexistent/phrase");
    host.passphrase = &right_ref;
    ck_assert_worked(&t, try_host(&t, &host));
    wire_end(&t);
}
END_TEST

START_TEST(passphrase_from_a_descriptor_serves_every_connection)
{
    struct wire_test t;
    char path[128];
    int pipe_fd[2];
    struct spec_host host = sshd_host(&sshd, "host");
    make_key(path, "piped", "-t ed25519 -N 'open sesame'", true);
    ck_assert_int_eq(pipe(pipe_fd), 0);
    ck_assert_int_eq(write(pipe_fd[1], "open sesame\n", 12), 12);
    close(pipe_fd[1]);
    const struct secret_ref ref = {.kind = SECRET_FD, .fd = pipe_fd[0]};
    struct spec_host again;
    host.key_file = path;
    host.passphrase = &ref;
    again = host;
    wire_begin(&t, NULL, NULL);
    ck_assert_worked(&t, try_host(&t, &host));
    ck_assert_worked(&t, try_host(&t, &again));
    wire_end(&t);
}
END_TEST

START_TEST(port_where_nobody_listens_is_told)
{
    struct wire_test t;
    struct spec_host host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    host.port = sshd_free_port();
    ck_assert_failed(&t, try_host(&t, &host), ERR_UNREACHABLE, "refused");
    host.address = "no-such-host.invalid";
    ck_assert_failed(&t, try_host(&t, &host), ERR_UNREACHABLE, "no-such-host.invalid");
    wire_end(&t);
}
END_TEST

static int listen_and_say(const char *text, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, len), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    if (text && fork() == 0) {
        for (;;) {
            int peer = accept(fd, NULL, NULL);
            (void)!write(peer, text, strlen(text));
            close(peer);
        }
    }
    return fd;
}

START_TEST(server_that_accepts_and_is_silent_is_given_up)
{
    struct wire_test t;
    struct spec_host host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    int fd = listen_and_say(NULL, &host.port);
    time_t began = time(NULL);
    ck_assert_failed(&t, try_host(&t, &host), ERR_UNREACHABLE, "no answer in time");
    ck_assert_int_le(time(NULL) - began, 12);
    close(fd);
    wire_end(&t);
}
END_TEST

START_TEST(server_that_speaks_no_ssh_is_told)
{
    struct wire_test t;
    struct spec_host host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    int fd = listen_and_say("HTTP/1.0 400 Bad Request\r\n\r\n", &host.port);
    ck_assert_failed(&t, try_host(&t, &host), ERR_UNREACHABLE, "greeting");
    close(fd);
    wire_end(&t);
}
END_TEST

START_TEST(sshd_that_is_stopped_before_the_login_is_given_up)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "");
    struct spec_host host = sshd_host(&own, "host");
    wire_begin(&t, NULL, NULL);
    kill(own.pid, SIGSTOP);
    ck_assert_failed(&t, try_host(&t, &host), ERR_UNREACHABLE, "no answer in time");
    kill(own.pid, SIGCONT);
    ck_assert_worked(&t, try_host(&t, &host));
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

/* Kills the session that serves the first login as soon as it is there. */
static void kill_first_session(const struct sshd *of)
{
    if (fork() != 0)
        return;
    while (sshd_signal_sessions(of, SIGKILL) == 0)
        ;
    _exit(0);
}

START_TEST(connection_lost_during_the_login_is_no_refusal)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "");
    struct spec_host host = sshd_host(&own, "host");
    for (int i = 0; i < 5; i++) {
        wire_begin(&t, NULL, NULL);
        kill_first_session(&own);
        if (try_host(&t, &host) != 0)
            ck_assert_msg(t.err.code == ERR_UNREACHABLE, "%s", t.err.text);
        wire_end(&t);
    }
    sshd_stop(&own);
}
END_TEST

START_TEST(jump_host_leads_to_the_host_behind_it)
{
    struct wire_test t;
    struct spec_host jump = sshd_host(&outer, "jump"), host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    host.jump = &jump;
    ck_assert_worked(
        &t, wire_probe(&t, &host, 0, ARGV("sh", "-c", "echo $SSH_CONNECTION | cut -d' ' -f4")));
    ck_assert_int_eq(atoi(t.reply.out), sshd.port);
    ck_assert_worked(&t, try_host(&t, &jump));
    ck_assert_worked(&t, wire_probe(&t, &host, 0, ARGV("head", "-c", "20000000", "/dev/zero")));
    wire_end(&t);
}
END_TEST

START_TEST(two_jump_hosts_follow_each_other)
{
    struct wire_test t;
    struct spec_host first = sshd_host(&outer, "first"), second = sshd_host(&sshd, "second"),
                     host = sshd_host(&outer, "host");
    wire_begin(&t, NULL, NULL);
    second.jump = &first;
    host.jump = &second;
    ck_assert_worked(&t, try_host(&t, &host));
    wire_end(&t);
}
END_TEST

START_TEST(trouble_behind_and_at_the_jump_host_is_told)
{
    struct wire_test t;
    struct spec_host jump = sshd_host(&outer, "jump"), host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    host.jump = &jump;
    host.port = sshd_free_port();
    ck_assert_failed(&t, try_host(&t, &host), ERR_UNREACHABLE, "'jump' cannot connect");
    host.port = sshd.port;
    host.host_key = "SHA256:wrong";
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "host key of 'host'");
    host.host_key = sshd.host_key;
    jump.host_key = "SHA256:wrong";
    ck_assert_failed(&t, try_host(&t, &host), ERR_AUTH, "host key of 'jump'");
    wire_end(&t);
}
END_TEST

START_TEST(jump_host_that_dies_is_told_and_used_again)
{
    struct wire_test t;
    struct sshd own;
    sshd_start(&own, "");
    struct spec_host jump = sshd_host(&own, "jump"), host = sshd_host(&sshd, "host");
    wire_begin(&t, NULL, NULL);
    host.jump = &jump;
    ck_assert_worked(&t, try_host(&t, &host));
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGKILL), 1);
    ck_assert_worked(&t, try_host(&t, &host));
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

int main(void)
{
    sshd_need();
    sshd_start(&sshd, "");
    sshd_start(&outer, "");
    TCase *tcase = tcase_create("login");
    tcase_set_timeout(tcase, 50);
    tcase_add_test(tcase, host_is_known_by_its_ed25519_or_its_ecdsa_key);
    tcase_add_test(tcase, another_host_key_is_refused_and_both_are_shown);
    tcase_add_test(tcase, host_without_a_cipher_of_ours_is_refused);
    tcase_add_test(tcase, key_that_is_not_authorised_is_told);
    tcase_add_test(tcase, missing_and_rsa_keys_are_told);
    tcase_add_loop_test(tcase, key_of_each_kind_logs_in, 0, ARRAY_LEN(kinds));
    tcase_add_loop_test(tcase, passphrase_opens_a_key_and_a_wrong_one_is_told, 0, ARRAY_LEN(kinds));
    tcase_add_test(tcase, passphrase_from_a_descriptor_serves_every_connection);
    tcase_add_test(tcase, port_where_nobody_listens_is_told);
    tcase_add_test(tcase, server_that_accepts_and_is_silent_is_given_up);
    tcase_add_test(tcase, server_that_speaks_no_ssh_is_told);
    tcase_add_test(tcase, sshd_that_is_stopped_before_the_login_is_given_up);
    tcase_add_test(tcase, connection_lost_during_the_login_is_no_refusal);
    tcase_add_test(tcase, jump_host_leads_to_the_host_behind_it);
    tcase_add_test(tcase, two_jump_hosts_follow_each_other);
    tcase_add_test(tcase, trouble_behind_and_at_the_jump_host_is_told);
    tcase_add_test(tcase, jump_host_that_dies_is_told_and_used_again);
    Suite *suite = suite_create("wire_sshd_login");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    sshd_stop(&outer);
    sshd_stop(&sshd);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
