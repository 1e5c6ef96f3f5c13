/*
 * Blocks of ours in somebody's files: in, and out again without a trace.
 */
#include "steps/port/engine/postgresql_block.h"

#include "tests/unit/unit.h"

static const struct postgresql_block top = {"# BEGIN ece-migrate x", "# END ece-migrate x",
                                            POSTGRESQL_BLOCK_TOP};
static const struct postgresql_block bottom = {"# BEGIN ece-migrate x", "# END ece-migrate x",
                                               POSTGRESQL_BLOCK_BOTTOM};

/* Files as people and editors leave them. */
static const struct {
    const char *text;
    size_t len;
} originals[] = {
    {"", 0},
    {"\n", 1},
    {"local all all peer\n", 19},
    {"local all all peer", 18},
    {"local all all peer\r\nhost all all 0.0.0.0/0 md5\r\n", 48},
    {"\n\n# a comment\n\n", 15},
    {"with a \0 byte\n", 14},
    {"# BEGIN ece-migrate xy\nof another\n# END ece-migrate xy\n", 55},
};

static void put(const struct postgresql_block *block, const char *text, size_t len, struct str *out)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(postgresql_block_put(block, text, len, "ours 1\nours 2\n", out, &err), 0);
}

static void check_round_trip(const struct postgresql_block *block)
{
    for (size_t i = 0; i < ARRAY_LEN(originals); i++) {
        struct err err = ERR_INIT;
        CLEANUP(str_free) struct str with = STR_INIT;
        CLEANUP(str_free) struct str again = STR_INIT;
        CLEANUP(str_free) struct str without = STR_INIT;
        put(block, originals[i].text, originals[i].len, &with);
        put(block, with.text, with.len, &again);
        ck_assert_uint_eq(again.len, with.len);
        ck_assert_mem_eq(again.text, with.text, with.len);
        ck_assert_int_eq(postgresql_block_cut(block, with.text, with.len, &without, &err), 0);
        ck_assert_uint_eq(without.len, originals[i].len);
        ck_assert_mem_eq(str_text(&without), originals[i].text, originals[i].len);
    }
}

START_TEST(a_block_on_top_comes_and_goes_byte_for_byte)
{
    check_round_trip(&top);
}
END_TEST

START_TEST(a_block_at_the_bottom_comes_and_goes_byte_for_byte)
{
    check_round_trip(&bottom);
}
END_TEST

START_TEST(a_top_block_stands_before_the_first_line)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    put(&top, "local all all peer\n", 19, &out);
    ck_assert_str_eq(str_text(&out), "# BEGIN ece-migrate x\nours 1\nours 2\n# END ece-migrate x\n"
                                     "local all all peer\n");
}
END_TEST

START_TEST(a_block_is_known_after_an_editor_changed_the_line_ends)
{
    static const char text[] = "# BEGIN ece-migrate x\r\nours\r\n# END ece-migrate x\r\nrest\r\n";
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str out = STR_INIT;
    ck_assert_int_eq(postgresql_block_cut(&top, text, sizeof text - 1, &out, &err), 0);
    ck_assert_str_eq(str_text(&out), "rest\r\n");
}
END_TEST

START_TEST(lines_that_somebody_put_above_our_block_stay)
{
    static const char text[] = "new\n# BEGIN ece-migrate x\nours\n# END ece-migrate x\nold\n";
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str out = STR_INIT;
    ck_assert_int_eq(postgresql_block_cut(&top, text, sizeof text - 1, &out, &err), 0);
    ck_assert_str_eq(str_text(&out), "new\nold\n");
}
END_TEST

START_TEST(half_a_block_is_nobodys_to_cut)
{
    static const char text[] = "# BEGIN ece-migrate x\nours\nmaybe theirs\n";
    struct err err = ERR_INIT;
    CLEANUP(str_free) struct str out = STR_INIT;
    ck_assert_int_eq(postgresql_block_cut(&top, text, sizeof text - 1, &out, &err), -1);
    ck_assert_int_eq(err.code, ERR_FOREIGN);
}
END_TEST

UNIT_MAIN("engine_block", a_block_on_top_comes_and_goes_byte_for_byte,
          a_block_at_the_bottom_comes_and_goes_byte_for_byte,
          a_top_block_stands_before_the_first_line,
          a_block_is_known_after_an_editor_changed_the_line_ends,
          lines_that_somebody_put_above_our_block_stay, half_a_block_is_nobodys_to_cut)
