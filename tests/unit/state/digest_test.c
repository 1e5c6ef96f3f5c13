/*
 * SHA-256 and its hex form, by the examples of FIPS 180-4.
 */
#include "state/digest.h"

#include "tests/unit/unit.h"

START_TEST(digest_of_abc_is_the_one_in_the_standard)
{
    unsigned char digest[DIGEST_BYTES], again[DIGEST_BYTES];
    char hex[DIGEST_HEX];
    digest_sha256(digest, "abc", 3);
    digest_hex(hex, digest);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_int_eq(digest_from_hex(again, hex), 0);
    ck_assert_mem_eq(again, digest, DIGEST_BYTES);
}
END_TEST

START_TEST(digest_from_hex_refuses_what_is_no_digest)
{
    unsigned char digest[DIGEST_BYTES];
    ck_assert_int_eq(digest_from_hex(digest, ""), -1);
    ck_assert_int_eq(
        digest_from_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"),
        -1);
    ck_assert_int_eq(
        digest_from_hex(digest, "BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        -1);
    ck_assert_int_eq(
        digest_from_hex(digest,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"),
        -1);
}
END_TEST

UNIT_MAIN("digest", digest_of_abc_is_the_one_in_the_standard,
          digest_from_hex_refuses_what_is_no_digest)
