/*
 * Base64 as fingerprints and key files have it. The pairs are those of RFC 4648 §10, without
 * padding.
 */
#include "steps/wire/base64.h"

#include "tests/unit/unit.h"

static const char *const pairs[][2] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};

START_TEST(base64_encodes_the_standard_examples)
{
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        char text[BASE64_ROOM(6)];
        base64_encode(text, (const unsigned char *)pairs[i][0], strlen(pairs[i][0]));
        ck_assert_str_eq(text, pairs[i][1]);
    }
}
END_TEST

START_TEST(base64_decodes_the_standard_examples)
{
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        unsigned char bytes[8];
        size_t len = base64_decode(bytes, pairs[i][1], strlen(pairs[i][1]));
        ck_assert_uint_eq(len, strlen(pairs[i][0]));
        ck_assert_int_eq(memcmp(bytes, pairs[i][0], len), 0);
    }
}
END_TEST

START_TEST(base64_skips_line_breaks_and_stops_at_padding)
{
    unsigned char bytes[32];
    static const char text[] = "Zm9v\r\nYg==Zm9v";
    ck_assert_uint_eq(base64_decode(bytes, text, sizeof text - 1), 4);
    ck_assert_int_eq(memcmp(bytes, "foob", 4), 0);
}
END_TEST

START_TEST(base64_returns_every_byte_it_was_given)
{
    unsigned char bytes[256], back[400];
    char text[BASE64_ROOM(sizeof bytes)];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(255 - i);
    base64_encode(text, bytes, sizeof bytes);
    ck_assert_uint_eq(base64_decode(back, text, strlen(text)), sizeof bytes);
    ck_assert_int_eq(memcmp(back, bytes, sizeof bytes), 0);
}
END_TEST

UNIT_MAIN("base64", base64_encodes_the_standard_examples, base64_decodes_the_standard_examples,
          base64_skips_line_breaks_and_stops_at_padding, base64_returns_every_byte_it_was_given)
