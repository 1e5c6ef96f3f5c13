/*
 * Replies of scripts: what a login shell adds is noise, and what was cut off is no reply.
 */
#include "steps/port/tunnel/wireguard_lines.h"
#include "tests/unit/unit.h"

static struct wireguard_lines read_text(struct arena *arena, const char *text, bool want)
{
    struct wireguard_lines lines;
    ck_assert_int_eq(wireguard_lines_read(&lines, text, arena), want);
    return lines;
}

START_TEST(noise_around_the_sentinels_is_ignored)
{
    struct arena *arena = arena_new();
    struct wireguard_lines lines = read_text(
        arena,
        "Welcome!\nkey=noise\n#ece-beginning\n#ece-begin\nkey=a\n\nkey = b\r\nno pair\n=x\n"
        "#ece-end\nkey=late\nlogout",
        true);
    ck_assert_uint_eq(lines.len, 2);
    ck_assert_str_eq(wireguard_lines_get(&lines, "key", ""), "a");
    ck_assert_str_eq(lines.line[1].value, "b");
    ck_assert(!wireguard_lines_has(&lines, "key", "late"));
    arena_free(arena);
}
END_TEST

START_TEST(value_may_hold_equals_signs)
{
    struct arena *arena = arena_new();
    struct wireguard_lines lines = read_text(arena, "#ece-begin\nkey=AbC=\n#ece-end\n", true);
    ck_assert_str_eq(wireguard_lines_get(&lines, "key", ""), "AbC=");
    arena_free(arena);
}
END_TEST

START_TEST(reply_that_was_cut_off_is_none)
{
    struct arena *arena = arena_new();
    static const char *const cut[] = {"",
                                      "\n",
                                      "key=a\n",
                                      "#ece-begin",
                                      "#ece-begin\nkey=a\n",
                                      "#ece-begin\nkey=a\n#ece-en",
                                      "key=a\n#ece-end\n",
                                      "#ece-end\n#ece-begin\n",
                                      "x#ece-begin\nkey=a\n#ece-end\n"};
    for (size_t i = 0; i < ARRAY_LEN(cut); i++)
        ck_assert_uint_eq(read_text(arena, cut[i], false).len, 0);
    arena_free(arena);
}
END_TEST

START_TEST(text_between_is_kept_byte_for_byte)
{
    struct arena *arena = arena_new();
    ck_assert_str_eq(read_text(arena, "#ece-begin\n== links\n\teth0 = 1\n#ece-end\n", true).text,
                     "== links\n\teth0 = 1\n");
    ck_assert_str_eq(read_text(arena, "#ece-begin\n#ece-end", true).text, "");
    arena_free(arena);
}
END_TEST

START_TEST(numbers_that_are_none_fall_back)
{
    struct arena *arena = arena_new();
    struct wireguard_lines lines = read_text(
        arena, "#ece-begin\na=7\nb=-3\nc=seven\nd=\ne=99999999999999999999\n#ece-end\n", true);
    ck_assert_int_eq(wireguard_lines_number(&lines, "a", 1), 7);
    ck_assert_int_eq(wireguard_lines_number(&lines, "b", 1), -3);
    ck_assert_int_eq(wireguard_lines_number(&lines, "c", 1), 1);
    ck_assert_int_eq(wireguard_lines_number(&lines, "d", 1), 1);
    ck_assert_int_eq(wireguard_lines_number(&lines, "e", 1), 1);
    ck_assert_int_eq(wireguard_lines_number(&lines, "f", 1), 1);
    arena_free(arena);
}
END_TEST

/* Every byte, in every place: reading must end and stay within the text (run it under ASan). */
START_TEST(garbage_is_survived)
{
    struct arena *arena = arena_new();
    static const char whole[] = "#ece-begin\nlink=present\n#ece-end\n";
    for (size_t at = 0; at + 1 < sizeof whole; at++)
        for (int byte = 1; byte < 256; byte++) {
            char text[sizeof whole];
            struct wireguard_lines lines;
            memcpy(text, whole, sizeof whole);
            text[at] = (char)byte;
            if (wireguard_lines_read(&lines, text, arena))
                ck_assert_uint_le(lines.len, 3);
        }
    arena_free(arena);
}
END_TEST

UNIT_MAIN("wireguard_lines", noise_around_the_sentinels_is_ignored, value_may_hold_equals_signs,
          reply_that_was_cut_off_is_none, text_between_is_kept_byte_for_byte,
          numbers_that_are_none_fall_back, garbage_is_survived)
