/*
 * The files that a migration file names: there, ours, private, and of the right kind.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/spec/spec_edit.h"

#define GOOD_KEY                                                                                   \
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"                                                        \
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\nQyNTUxOQAAACBG"
#define RSA_KEY       "-----BEGIN RSA PRIVATE KEY-----\nMIIE"
#define ENCRYPTED_KEY "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"

static struct arena *arena;
static char dir[64];

static const char *put(const char *name, const char *text, mode_t mode)
{
    const char *path = arena_printf(arena, "%s/%s", dir, name);
    unit_write_file(path, text, strlen(text));
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

static const char *replace_all(const char *text, const char *from, const char *to)
{
    while (strstr(text, from) != NULL)
        text = edit(arena, text, from, to);
    return text;
}

/* The good file with real files behind every path, and every host key filled in. */
static const char *good_text(void)
{
    const char *text = example(arena);
    text = replace_all(text, "AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB");
    text = replace_all(text, "/etc/ece-migrate/id_ed25519", put("key", GOOD_KEY, 0600));
    text = replace_all(text, "/etc/ece-migrate/source-admin", put("source", "secret", 0600));
    return replace_all(text, "/etc/ece-migrate/target-admin", put("target", "secret", 0400));
}

static void setup(void)
{
    arena = arena_new();
    unit_make_dir(dir);
}

static void teardown(void)
{
    unit_remove_dir(dir);
    arena_free(arena);
}

/* Faults with DIR for the directory of the test. */
static void expect(const char *text, const char *expected)
{
    const char *faults = faults_of_bytes(arena, text, strlen(text), SPEC_CHECK_FILES);
    ck_assert_str_eq(replace_all(faults, dir, "DIR"), expected);
}

START_TEST(files_that_are_right_are_no_fault)
{
    setup();
    expect(good_text(), "");
    teardown();
}
END_TEST

START_TEST(files_that_are_missing_are_told_each_where_it_is_named)
{
    setup();
    const char *text = good_text();
    unlink(arena_printf(arena, "%s/source", dir));
    text = edit(arena, text, "/key\"", "/none\"");
    expect(text,
           "10 /hosts/sgw/key/file: there is no file 'DIR/none'; make it, or write the path of the "
           "right one\n"
           "75 /services/0/source/admin/password/file: there is no file 'DIR/source'; make it, or "
           "write the path of the right one\n");
    teardown();
}
END_TEST

START_TEST(files_that_others_may_read_are_refused_with_the_cure)
{
    setup();
    const char *text = good_text();
    put("target", "secret", 0640);
    expect(text,
           "85 /services/0/target/admin/password/file: 'DIR/target' has mode 0640; run 'chmod 0600 "
           "DIR/target'\n");
    put("target", "secret", 0700);
    expect(text,
           "85 /services/0/target/admin/password/file: 'DIR/target' has mode 0700; run 'chmod 0600 "
           "DIR/target'\n");
    teardown();
}
END_TEST

START_TEST(files_of_another_user_are_refused)
{
    setup();
    const char *text = good_text();
    if (chown(arena_printf(arena, "%s/source", dir), 65534, (gid_t)-1) < 0)
        fputs("skipped: files_of_another_user_are_refused: only root can give a file away\n",
              stderr);
    else
        expect(text, arena_printf(
                         arena,
                         "75 /services/0/source/admin/password/file: 'DIR/source' belongs to user "
                         "65534 and this is user %u; run 'chown %u DIR/source'\n",
                         (unsigned)geteuid(), (unsigned)geteuid()));
    teardown();
}
END_TEST

START_TEST(files_that_are_empty_or_no_files_are_refused)
{
    setup();
    const char *text = good_text();
    put("source", "", 0600);
    unlink(arena_printf(arena, "%s/target", dir));
    ck_assert_int_eq(mkfifo(arena_printf(arena, "%s/target", dir), 0600), 0);
    expect(
        text,
        "75 /services/0/source/admin/password/file: 'DIR/source' is empty; put the secret into it\n"
        "85 /services/0/target/admin/password/file: 'DIR/target' is not a regular file; write the "
        "path of one\n");
    teardown();
}
END_TEST

START_TEST(files_with_keys_that_will_not_do_say_why)
{
    setup();
    const char *text = good_text();
    text = edit(arena, text, "/key\"", "/rsa\"");
    text = edit(arena, text, "/key\"", "/encrypted\"");
    text = edit(arena, text, "/key\"", "/public\"");
    put("rsa", RSA_KEY, 0600);
    put("encrypted", ENCRYPTED_KEY, 0600);
    put("public", "ssh-ed25519 AAAA", 0600);
    expect(text,
           "10 /hosts/sgw/key/file: 'DIR/rsa' holds an RSA key, which libssh2 1.10 cannot use with "
           "the "
           "servers of today (it signs with SHA-1 only); make one with 'ssh-keygen -t ed25519'\n"
           "18 /hosts/tgw/key/file: 'DIR/encrypted' is encrypted; write beside it where the "
           "passphrase is: "
           "\"passphrase\": {\"file\": \"/path\"}\n"
           "26 /hosts/sdb/key/file: 'DIR/public' holds a public key; write the path of the private "
           "one\n");
    teardown();
}
END_TEST

START_TEST(files_with_an_encrypted_key_and_its_passphrase_are_right)
{
    setup();
    const char *text = good_text();
    put("encrypted", ENCRYPTED_KEY, 0600);
    text =
        edit(arena, text, "/key\"",
             arena_printf(arena, "/encrypted\", \"passphrase\": {\"file\": \"%s/source\"}", dir));
    expect(text, "");
    teardown();
}
END_TEST

START_TEST(files_of_a_ca_hold_a_certificate)
{
    setup();
    const char *text = good_text();
    put("ca", "hello", 0644);
    text = edit(arena, text, "\"host\": \"sdb\"",
                arena_printf(arena, "\"ca_file\": \"%s/ca\", \"host\": \"sdb\"", dir));
    expect(
        text,
        "70 /services/0/source/ca_file: 'DIR/ca' holds no certificate in PEM form; write the path "
        "of the CA's\n");
    put("ca", "", 0644);
    expect(text, "70 /services/0/source/ca_file: 'DIR/ca' holds no certificate in PEM form; write "
                 "the path of the CA's\n");
    put("ca", "-----BEGIN CERTIFICATE-----\n", 0644);
    expect(text, "");
    teardown();
}
END_TEST

START_TEST(files_named_by_descriptor_must_be_open)
{
    setup();
    const char *text = edit(arena, good_text(), arena_printf(arena, "\"file\": \"%s/source\"", dir),
                            "\"fd\": 777");
    expect(text,
           "75 /services/0/source/admin/password/fd: descriptor 777 is not open; start ece-migrate "
           "with it, such as '777</path'\n");
    ck_assert_int_eq(dup2(STDERR_FILENO, 777), 777);
    expect(text, "");
    teardown();
}
END_TEST

START_TEST(files_named_by_credential_need_systemds_directory)
{
    setup();
    const char *text = edit(arena, good_text(), arena_printf(arena, "\"file\": \"%s/source\"", dir),
                            "\"credential\": \"source\"");
    unsetenv("CREDENTIALS_DIRECTORY");
    expect(text,
           "75 /services/0/source/admin/password/credential: $CREDENTIALS_DIRECTORY is not set, so "
           "there "
           "is no credential 'source'; run ece-migrate as a systemd unit with LoadCredential=, or "
           "write {\"file\": \"/path\"}\n");
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
    expect(text, "");
    unlink(arena_printf(arena, "%s/source", dir));
    expect(text, "75 /services/0/source/admin/password/credential: the credential 'source' cannot "
                 "be read: No "
                 "such file or directory; name it in LoadCredential=\n");
    teardown();
}
END_TEST

START_TEST(files_are_not_looked_at_when_they_are_trusted)
{
    setup();
    ck_assert_str_eq(faults_of(arena, example(arena)), "");
    teardown();
}
END_TEST

START_TEST(files_check_finds_the_placeholder_of_a_host_key)
{
    setup();
    const char *text =
        edit(arena, good_text(), "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBAAAAAAAAAAA",
             "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    expect(text, "12 /hosts/sgw/host_key: this is the starter file's placeholder; write the "
                 "fingerprint that "
                 "'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' prints on that host\n");
    teardown();
}
END_TEST

UNIT_MAIN("spec_files", files_that_are_right_are_no_fault,
          files_that_are_missing_are_told_each_where_it_is_named,
          files_that_others_may_read_are_refused_with_the_cure, files_of_another_user_are_refused,
          files_that_are_empty_or_no_files_are_refused, files_with_keys_that_will_not_do_say_why,
          files_with_an_encrypted_key_and_its_passphrase_are_right,
          files_of_a_ca_hold_a_certificate, files_named_by_descriptor_must_be_open,
          files_named_by_credential_need_systemds_directory,
          files_are_not_looked_at_when_they_are_trusted,
          files_check_finds_the_placeholder_of_a_host_key)
