/*
 * Secrets: where they may come from, and that the scrubber finds them in every form.
 */
#include "base/secret.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

#define VALUE "p\xc3\xa4ss/w\"ord+1 x\\"

static const char *scrubbed(struct str *out, const char *text)
{
    str_clear(out);
    secret_scrub(out, text, strlen(text));
    return str_text(out);
}

static struct secret *load(const char *path, struct err *err)
{
    struct secret_ref ref = {.kind = SECRET_FILE, .where = path};
    return secret_load(&ref, "test", err);
}

START_TEST(secret_file_is_read_without_its_newline)
{
    char dir[64], path[96];
    struct err err = ERR_INIT;
    unit_make_dir(dir);
    snprintf(path, sizeof path, "%s/s", dir);
    unit_write_file(path, "hunter2\n", 8);
    chmod(path, 0600);
    CLEANUP(secret_cleanup) struct secret *secret = load(path, &err);
    ck_assert_ptr_nonnull(secret);
    ck_assert_str_eq(secret_reveal(secret), "hunter2");
    ck_assert_uint_eq(secret_len(secret), 7);
    unit_remove_dir(dir);
}
END_TEST

START_TEST(secret_file_that_others_could_read_or_swap_is_refused)
{
    char dir[64], path[96], link[96], want[256];
    struct err err = ERR_INIT;
    unit_make_dir(dir);
    snprintf(path, sizeof path, "%s/s", dir);
    snprintf(link, sizeof link, "%s/l", dir);
    ck_assert_ptr_null(load(path, &err));
    snprintf(want, sizeof want, "cannot open secret file '%s': No such file or directory", path);
    ck_assert_str_eq(err.text, want);
    unit_write_file(path, "hunter2\n", 8);
    chmod(path, 0640);
    ck_assert_ptr_null(load(path, &err));
    snprintf(want, sizeof want,
             "secret file '%s' has mode 0640, it must be 0600 or 0400: chmod 600 it", path);
    ck_assert_str_eq(err.text, want);
    chmod(path, 0400);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_ptr_null(load(link, &err));
    snprintf(want, sizeof want, "secret file '%s' is a symbolic link: name the file itself", link);
    ck_assert_str_eq(err.text, want);
    ck_assert_ptr_null(load(dir, &err));
    snprintf(want, sizeof want, "secret file '%s' is not a regular file", dir);
    ck_assert_str_eq(err.text, want);
    ck_assert_int_eq(err.code, ERR_SPEC);
    unit_remove_dir(dir);
}
END_TEST

START_TEST(secret_of_another_user_is_refused)
{
    struct err err = ERR_INIT;
    char dir[64], path[96];
    if (geteuid() != 0) {
        fprintf(stderr, "SKIPPED secret_of_another_user_is_refused: needs root\n");
        return;
    }
    unit_make_dir(dir);
    snprintf(path, sizeof path, "%s/s", dir);
    unit_write_file(path, "hunter2\n", 8);
    chmod(path, 0600);
    ck_assert_int_eq(chown(path, 65534, 65534), 0);
    ck_assert_ptr_null(load(path, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "belongs to user 65534, not to us (user 0)"));
    unit_remove_dir(dir);
}
END_TEST

START_TEST(secret_file_too_short_too_long_or_empty_is_refused)
{
    static const struct {
        size_t len;
        const char *want;
    } rows[] = {{0, "is empty"},
                {5, "is shorter than 6 bytes"},
                {65537, "is longer than 64 KiB"},
                {6, NULL},
                {65536, NULL}};
    char dir[64], path[96];
    static char bytes[65537];
    memset(bytes, 'x', sizeof bytes);
    unit_make_dir(dir);
    snprintf(path, sizeof path, "%s/s", dir);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        unit_write_file(path, bytes, rows[i].len);
        chmod(path, 0600);
        CLEANUP(secret_cleanup) struct secret *secret = load(path, &err);
        ck_assert_msg(rows[i].want ? !secret && strstr(err.text, rows[i].want) : secret != NULL,
                      "%zu: %s", rows[i].len, err.text);
    }
    unit_remove_dir(dir);
    secret_forget_all();
}
END_TEST

START_TEST(secret_descriptor_is_read_and_stays_open)
{
    int ends[2];
    struct err err = ERR_INIT;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "hunter2\n", 8), 8);
    close(ends[1]);
    struct secret_ref ref = {.kind = SECRET_FD, .fd = ends[0]};
    CLEANUP(secret_cleanup) struct secret *secret = secret_load(&ref, "fd", &err);
    ck_assert_ptr_nonnull(secret);
    ck_assert_str_eq(secret_reveal(secret), "hunter2");
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    ref.fd = 999;
    ck_assert_ptr_null(secret_load(&ref, "fd", &err));
    ck_assert_str_eq(err.text, "secret descriptor 999 was not inherited: Bad file descriptor");
}
END_TEST

START_TEST(secret_credential_is_a_name_below_the_directory_of_the_unit)
{
    char dir[64], path[96];
    struct err err = ERR_INIT;
    struct secret_ref ref = {.kind = SECRET_CREDENTIAL, .where = "db"};
    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert_ptr_null(secret_load(&ref, "db", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "$CREDENTIALS_DIRECTORY is not set"));
    unit_make_dir(dir);
    snprintf(path, sizeof path, "%s/db", dir);
    unit_write_file(path, "hunter2", 7);
    chmod(path, 0440);
    setenv("CREDENTIALS_DIRECTORY", dir, 1);
    CLEANUP(secret_cleanup) struct secret *secret = secret_load(&ref, "db", &err);
    ck_assert_ptr_nonnull(secret);
    ref.where = "../db";
    ck_assert_ptr_null(secret_load(&ref, "db", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "is not a name"));
    unit_remove_dir(dir);
}
END_TEST

START_TEST(secret_random_is_long_different_and_known_to_the_scrubber)
{
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str out = STR_INIT;
    CLEANUP(secret_cleanup) struct secret *a = secret_random(32, "a", &err);
    CLEANUP(secret_cleanup) struct secret *b = secret_random(32, "b", &err);
    ck_assert_uint_eq(secret_len(a), 43);
    ck_assert_uint_eq(strlen(secret_reveal(a)), 43);
    ck_assert_str_ne(secret_reveal(a), secret_reveal(b));
    ck_assert_str_eq(scrubbed(&out, secret_reveal(b)), "[secret:b]");
    ck_assert_ptr_null(secret_random(8, "c", &err));
}
END_TEST

START_TEST(scrub_finds_a_value_in_every_encoding)
{
    static const char *const forms[][2] = {
        {"a " VALUE " b", "a [secret:db] b"},
        {"p%C3%A4ss%2Fw%22ord%2B1%20x%5C", "[secret:db]"},
        {"p%c3%a4ss/w%22ord%2b1+x%5c", "[secret:db]"},
        {"%70%c3%a4%73%73%2f%77%22%6f%72%64%2b%31%20%78%5c", "[secret:db]"},
        {"{\"a\":\"p\xc3\xa4ss/w\\\"ord+1 x\\\\\"}", "{\"a\":\"[secret:db]\"}"},
        {"p\\u00e4ss\\/w\\u0022ord+1 x\\\\", "[secret:db]"},
        {"x cMOkc3MvdyJvcmQrMSB4XA== y", "x [secret:db] y"}, /* base64 of it alone */
        {"cMOkc3Mvdyjust its beginning", "cMOkc3Mvdyjust its beginning"},
        {VALUE VALUE, "[secret:db][secret:db]"},
        {"p\xc3\xa4ss/w\"ord+1 x", "p\xc3\xa4ss/w\"ord+1 x"},
        {"", ""},
    };
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_free(secret_copy(VALUE, strlen(VALUE), "db"));
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        ck_assert_str_eq(scrubbed(&out, forms[i][0]), forms[i][1]);
}
END_TEST

START_TEST(scrub_finds_base64_of_something_longer_at_any_alignment)
{
    /* base64 of "PREFIX:hunter2hunter2;" for prefixes of 1 to 4 letters, in both alphabets */
    static const char *const texts[] = {
        "TTpodW50ZXIyaHVudGVyMjs=",     "VTE6aHVudGVyMmh1bnRlcjI7",
        "dXNyOmh1bnRlcjJodW50ZXIyOw==", "dXNlcjpodW50ZXIyaHVudGVyMjs",
        "fn5-aHVudGVyMmh1bnRlcjI-Pj4",
    };
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_free(secret_copy("hunter2hunter2", 14, "db"));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        ck_assert_msg(strstr(scrubbed(&out, texts[i]), "[secret:db]") != NULL, "%s", texts[i]);
        ck_assert_msg(out.len <= strlen("[secret:db]") + 10, "%s left %s", texts[i],
                      str_text(&out));
    }
    secret_forget_all();
    ck_assert_str_eq(scrubbed(&out, texts[0]), texts[0]);
    /* Bytes whose base64 differs between the two alphabets. */
    secret_free(secret_copy("a?b>c~d?e>f?\?>>", 15, "db"));
    ck_assert_str_eq(scrubbed(&out, "<YT9iPmN+ZD9lPmY/Pz4+"), "<[secret:db]");
    ck_assert_str_eq(scrubbed(&out, "<YT9iPmN-ZD9lPmY_Pz4-"), "<[secret:db]");
    ck_assert_str_eq(scrubbed(&out, "<eGE/Yj5jfmQ/ZT5mPz8+Pg=="), "<e[secret:db]");
    ck_assert_str_eq(scrubbed(&out, "<eHlhP2I+Y35kP2U+Zj8/Pj4="), "<eH[secret:db]");
}
END_TEST

START_TEST(scrub_sees_past_nul_bytes_and_counts)
{
    static const char text[] = "a\0hunter2hunter2\0hunter2hunter2\0b";
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_free(secret_copy("hunter2hunter2", 14, "db"));
    ck_assert_uint_eq(secret_scrub(&out, text, sizeof text - 1), 2);
    ck_assert_uint_eq(out.len, 27);
    ck_assert_int_eq(memcmp(out.text, "a\0[secret:db]\0[secret:db]\0b", 28), 0);
}
END_TEST

START_TEST(scrub_leaves_no_rest_of_secrets_that_overlap)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_free(secret_copy("abcdef", 6, "one"));
    secret_free(secret_copy("defghi", 6, "two"));
    secret_free(secret_copy("bcdefghijk", 10, "long"));
    ck_assert_str_eq(scrubbed(&out, "-abcdefghi-"), "-[secret:one]-");
    ck_assert_str_eq(scrubbed(&out, "-bcdefghijk-"), "-[secret:long]-");
    ck_assert_str_eq(scrubbed(&out, "-defghi abcdef-"), "-[secret:two] [secret:one]-");
}
END_TEST

START_TEST(scrub_leaves_json_as_json)
{
    /* What a range could break: the end of a string, an escape, a pair of surrogates, a number. */
    static const char *const forms[][3] = {
        {"abcdef", "{\"a\":\"YWJjZGVm\"}", "{\"a\":\"[secret:db]\"}"},
        {"nabcdef", "[\"\\nabcdef\"]", "[\"[secret:db]\"]"},
        {"abcdef\\", "[\"abcdef\\n\"]", "[\"[secret:db]\"]"},
        {"abcdef\\", "[\"abcdef\\\"\"]", "[\"[secret:db]\"]"},
        {"dd1eabcdef", "[\"\\ud834\\udd1eabcdef\"]", "[\"[secret:db]\"]"},
        {"abcdef\",\"", "[\"abcdef\",\"b\"]", "[\"[secret:db]\",\"b\"]"},
        {"\":\"abcdef", "{\"a\":\"abcdef\"}", "{\"a\":\"[secret:db]\"}"},
        {"201511", "{\"took_us\":1201511}", "{\"took_us\":\"[secret:db]\"}"},
        {"\"}, {\"", "[{\"\"}, {\"\"}]", "[{\"\"}, {\"\"}]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        CLEANUP(str_free) struct str out = STR_INIT;
        secret_free(secret_copy(forms[i][0], strlen(forms[i][0]), "db"));
        secret_scrub_json(&out, forms[i][1], strlen(forms[i][1]));
        ck_assert_str_eq(str_text(&out), forms[i][2]);
        secret_forget_all();
    }
}
END_TEST

START_TEST(scrub_does_not_look_for_short_values)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_free(secret_copy("abcde", 5, "short"));
    ck_assert_str_eq(scrubbed(&out, "abcde"), "abcde");
}
END_TEST

START_TEST(scrub_finds_what_looks_like_a_secret)
{
    static const char *const rows[][2] = {
        {"x -----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n y",
         "x [secret:pattern]\n y"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA", "[secret:pattern]"},
        {"-----BEGIN CERTIFICATE-----\nAAAA", "-----BEGIN CERTIFICATE-----\nAAAA"},
        {"[Interface]\nPrivateKey = cHJpdmF0ZQ==\nListenPort = 1",
         "[Interface]\nPrivateKey = [secret:pattern]\nListenPort = 1"},
        {"presharedkey=cHJp\n", "presharedkey=[secret:pattern]\n"},
        {"postgres://u:p4ss@h:5432/d?x=1", "postgres://u:[secret:pattern]@h:5432/d?x=1"},
        {"postgres://u@h:5432/d", "postgres://u@h:5432/d"},
        {"https://h:443/x@y", "https://h:443/x@y"},
        {"host=h password='a b\\'c' user=u", "host=h password=[secret:pattern] user=u"},
        {"PGPASSWORD=abc psql", "PGPASSWORD=[secret:pattern] psql"},
        {"wrong password: try again", "wrong password: try again"},
        {"Authorization: Basic dTpw\r\nHost: h",
         "Authorization: Basic [secret:pattern]\r\nHost: h"},
        {"authorization: aivenv1 abc==", "authorization: aivenv1 [secret:pattern]"},
        {"\"Authorization: tok\"", "\"Authorization: [secret:pattern]\""},
        {"password=", "password="},
    };
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_str_eq(scrubbed(&out, rows[i][0]), rows[i][1]);
}
END_TEST

UNIT_MAIN("secret", secret_file_is_read_without_its_newline,
          secret_file_that_others_could_read_or_swap_is_refused, secret_of_another_user_is_refused,
          secret_file_too_short_too_long_or_empty_is_refused,
          secret_descriptor_is_read_and_stays_open,
          secret_credential_is_a_name_below_the_directory_of_the_unit,
          secret_random_is_long_different_and_known_to_the_scrubber,
          scrub_finds_a_value_in_every_encoding,
          scrub_finds_base64_of_something_longer_at_any_alignment,
          scrub_sees_past_nul_bytes_and_counts, scrub_leaves_no_rest_of_secrets_that_overlap,
          scrub_leaves_json_as_json, scrub_does_not_look_for_short_values,
          scrub_finds_what_looks_like_a_secret)
