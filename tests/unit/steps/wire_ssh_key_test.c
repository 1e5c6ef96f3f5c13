/*
 * What a private key file is, told from files that ssh-keygen makes, and from what is none.
 */
#include "steps/wire/ssh_key.h"

#include <sys/stat.h>

#include "tests/unit/unit.h"

static char dir[64];

static void setup(void)
{
    unit_make_dir(dir);
}

static void teardown(void)
{
    unit_remove_dir(dir);
}

static const char *make(const char *options)
{
    static char path[96];
    char line[512];
    (void)snprintf(path, sizeof path, "%s/key", dir);
    (void)snprintf(line, sizeof line, "ssh-keygen -q -f %s %s", path, options);
    ck_assert_int_eq(system(line), 0);
    return path;
}

static const struct {
    const char *options;
    enum ssh_key_kind kind;
    bool encrypted;
} made[] = {
    {"-t ed25519 -N ''", SSH_KEY_ED25519, false},
    {"-t ed25519 -N secret", SSH_KEY_ED25519, true},
    {"-t ecdsa -N ''", SSH_KEY_ECDSA, false},
    {"-t ecdsa -b 521 -N secret", SSH_KEY_ECDSA, true},
    {"-t ecdsa -m PEM -N ''", SSH_KEY_ECDSA, false},
    {"-t ecdsa -m PEM -N secret", SSH_KEY_ECDSA, true},
    {"-t ecdsa -m PKCS8 -N ''", SSH_KEY_OTHER, false},
    {"-t ecdsa -m PKCS8 -N secret", SSH_KEY_OTHER, true},
};

START_TEST(key_of_ssh_keygen_is_told_by_kind_and_passphrase)
{
    struct err err = ERR_INIT;
    struct ssh_key key;
    ck_assert_msg(ssh_key_read(&key, make(made[_i].options), &err) == 0, "%s", err.text);
    ck_assert_int_eq(key.kind, made[_i].kind);
    ck_assert_int_eq(key.encrypted, made[_i].encrypted);
    ssh_key_wipe(&key);
}
END_TEST

static void refuse(const char *path, const char *part)
{
    struct err err = ERR_INIT;
    struct ssh_key key;
    ck_assert_int_eq(ssh_key_read(&key, path, &err), -1);
    ck_assert_int_eq(err.code, ERR_AUTH);
    ck_assert_msg(strstr(err.text, part) != NULL, "%s", err.text);
    ck_assert_ptr_null(key.text);
}

START_TEST(rsa_key_is_refused_in_either_form)
{
    static const char *const forms[] = {"-t rsa -N ''", "-t rsa -N secret", "-t rsa -m PEM -N ''"};
    refuse(make(forms[_i]), "is RSA");
}
END_TEST

START_TEST(key_that_others_can_read_is_refused)
{
    const char *path = make("-t ed25519 -N ''");
    ck_assert_int_eq(chmod(path, 0640), 0);
    refuse(path, "0640");
}
END_TEST

START_TEST(missing_key_is_told)
{
    refuse("/nonexistent/key", "No such file");
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/text", dir);
    unit_write_file(path, "hello\n", 6);
    ck_assert_int_eq(chmod(path, 0600), 0);
    refuse(path, "no private key");
    refuse(dir, "not a private key file");
}
END_TEST

/* Every prefix of a real key, and every single wrong byte: an answer, and no read beyond the end.
 */
START_TEST(damaged_key_never_leads_astray)
{
    struct err err = ERR_INIT;
    struct ssh_key key;
    bool encrypted;
    ck_assert_int_eq(ssh_key_read(&key, make("-t ed25519 -N ''"), &err), 0);
    for (size_t len = 0; len <= key.len; len++) {
        char *part = malloc(len + 1);
        memcpy(part, key.text, len);
        (void)ssh_key_describe(part, len, &encrypted);
        free(part);
    }
    for (size_t i = 0; i < key.len; i++) {
        char saved = key.text[i];
        key.text[i] = '/';
        (void)ssh_key_describe(key.text, key.len, &encrypted);
        key.text[i] = saved;
    }
    ssh_key_wipe(&key);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ssh_key");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, key_of_ssh_keygen_is_told_by_kind_and_passphrase, 0,
                        ARRAY_LEN(made));
    tcase_add_loop_test(tcase, rsa_key_is_refused_in_either_form, 0, 3);
    tcase_add_test(tcase, key_that_others_can_read_is_refused);
    tcase_add_test(tcase, missing_key_is_told);
    tcase_add_test(tcase, what_is_no_key_is_refused);
    tcase_add_test(tcase, damaged_key_never_leads_astray);
    tcase_set_timeout(tcase, 50);
    Suite *suite = suite_create("ssh_key");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
