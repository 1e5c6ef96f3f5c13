/*
 * Kinds of private keys, from the beginnings of files that ssh-keygen and openssl wrote. Only what
 * is public of each key stands here.
 */
#include "steps/spec_key_file.h"

#include "tests/unit/unit.h"

#define OPENSSH "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define CLEAR   "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAA"

static const struct {
    const char *text;
    enum spec_key_kind kind;
    bool encrypted;
} cases[] = {
    {OPENSSH CLEAR "MwAAAAtzc2gtZW\nQyNTUxOQAAACBGVpg+", SPEC_KEY_GOOD, false},
    {OPENSSH CLEAR "aAAAABNlY2RzYS\n1zaGEyLW5pc3RwMjU2", SPEC_KEY_GOOD, false},
    {OPENSSH CLEAR "MwAAAAtzc2gtZW\r\nQyNTUxOQAAACBGVpg+\r\n", SPEC_KEY_GOOD, false},
    {OPENSSH "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABCCJgxsld\n"
             "g3wZUnMhURGfjXAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIOeLalVaP6lp6/Af",
     SPEC_KEY_GOOD, true},
    {OPENSSH "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn\nNhAAAAAwEA",
     SPEC_KEY_RSA, false},
    {OPENSSH "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABsQAAAAdzc2gtZH\nNzAAAAgQDg",
     SPEC_KEY_DSA, false},
    {OPENSSH CLEAR "SgAAABpzay1zc2gtZWQyNTUxOUBvcGVuc3NoLmNvbQ==", SPEC_KEY_HARDWARE, false},
    {"-----BEGIN RSA PRIVATE KEY-----\nMIIE", SPEC_KEY_RSA, false},
    {"-----BEGIN DSA PRIVATE KEY-----\nMIID", SPEC_KEY_DSA, false},
    {"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj", SPEC_KEY_RSA, false},
    {"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE", SPEC_KEY_GOOD, false},
    {"-----BEGIN EC PRIVATE KEY-----\nMHcC", SPEC_KEY_GOOD, false},
    {"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES", SPEC_KEY_GOOD, true},
    {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF", SPEC_KEY_GOOD, true},
    {"PuTTY-User-Key-File-3: ssh-ed25519\n", SPEC_KEY_PUTTY, false},
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZWmD6oaX5o op@host\n", SPEC_KEY_PUBLIC, false},
    {"ecdsa-sha2-nistp256 AAAA op@host\n", SPEC_KEY_PUBLIC, false},
    {"-----BEGIN PUBLIC KEY-----\nMCow", SPEC_KEY_PUBLIC, false},
    {"-----BEGIN CERTIFICATE-----\nMIIB", SPEC_KEY_UNKNOWN, false},
    {"hunter2x", SPEC_KEY_UNKNOWN, false},
    {"", SPEC_KEY_UNKNOWN, false},
};

START_TEST(key_file_kind_is_told_from_its_text)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spec_key_look look = spec_key_file_look(cases[i].text, strlen(cases[i].text));
        ck_assert_msg(look.kind == cases[i].kind, "case %zu: kind %d", i, look.kind);
        ck_assert_msg(look.encrypted == cases[i].encrypted, "case %zu", i);
    }
}
END_TEST

START_TEST(key_file_cut_anywhere_is_never_read_beyond_its_end)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t len = 0; len < strlen(cases[i].text); len++) {
            char *part = malloc(len == 0 ? 1 : len); /* so that the sanitizer sees a step too far */
            ck_assert_ptr_nonnull(part);
            memcpy(part, cases[i].text, len);
            (void)spec_key_file_look(part, len);
            free(part);
        }
}
END_TEST

START_TEST(key_file_with_lengths_that_lie_is_unknown)
{
    static const char text[] =
        OPENSSH "b3BlbnNzaC1rZXktdjEA/////25vbmUAAAAEbm9uZQAAAAAAAAABAAAAMw==";
    ck_assert_int_eq(spec_key_file_look(text, sizeof text - 1).kind, SPEC_KEY_UNKNOWN);
}
END_TEST

UNIT_MAIN("spec_key_file", key_file_kind_is_told_from_its_text,
          key_file_cut_anywhere_is_never_read_beyond_its_end,
          key_file_with_lengths_that_lie_is_unknown)
