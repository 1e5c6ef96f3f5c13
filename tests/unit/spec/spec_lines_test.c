/*
 * Places: each value's line and pointer, and twins.
 */
#include "steps/spec_lines.h"

#include "base/str.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static struct spec_lines *lines;

static void scan(const char *text)
{
    arena = arena_new();
    lines = spec_lines_scan(text, strlen(text), arena);
}

static const struct spec_place *member(const struct spec_place *parent, const char *name)
{
    const struct spec_place *place = spec_lines_member(lines, parent, name);
    ck_assert_msg(place != NULL, "there is a member '%s'", name);
    return place;
}

START_TEST(lines_of_members_and_elements_are_where_they_begin)
{
    scan("\n{\n  \"a\":\n  1, \"b\": [\n 7,\n\n {\"c\": \"x\\\"]\"}\n ],\n\"d\": null}\n");
    const struct spec_place *root = spec_lines_root(lines), *b = member(root, "b");
    ck_assert_int_eq(root->line, 2);
    ck_assert_int_eq(member(root, "a")->line, 3);
    ck_assert_int_eq(b->line, 4);
    ck_assert_int_eq(spec_lines_element(lines, b, 0)->line, 5);
    const struct spec_place *second = spec_lines_element(lines, b, 1);
    ck_assert_int_eq(second->line, 7);
    ck_assert_str_eq(spec_lines_pointer(member(second, "c"), arena), "/b/1/c");
    ck_assert_int_eq(member(root, "d")->line, 9);
    arena_free(arena);
}
END_TEST

START_TEST(lines_know_nothing_that_is_not_there)
{
    scan("{\"a\": [1], \"b\": {}}");
    const struct spec_place *root = spec_lines_root(lines), *a = member(root, "a");
    ck_assert_ptr_null(spec_lines_member(lines, root, "c"));
    ck_assert_ptr_null(spec_lines_member(lines, root, ""));
    ck_assert_ptr_null(spec_lines_element(lines, a, 1));
    ck_assert_ptr_null(spec_lines_member(lines, a, "0"));
    ck_assert_ptr_null(spec_lines_element(lines, root, 0));
    ck_assert_ptr_null(spec_lines_member(lines, member(root, "b"), "a"));
    arena_free(arena);
}
END_TEST

START_TEST(lines_pointer_escapes_tilde_and_slash_and_cuts_long_names)
{
    scan("{\"a/b~c\": 1, "
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\": 2}");
    const struct spec_place *root = spec_lines_root(lines);
    ck_assert_str_eq(spec_lines_pointer(root, arena), "");
    ck_assert_str_eq(spec_lines_pointer(member(root, "a/b~c"), arena), "/a~1b~0c");
    const char *longer = "0123456789012345678901234567890123456789012345678901234567890123456789";
    ck_assert_str_eq(spec_lines_pointer(member(root, longer), arena),
                     "/0123456789012345678901234567890123456789012345678901234567890123...");
    arena_free(arena);
}
END_TEST

START_TEST(lines_names_are_unescaped)
{
    scan("{\"\\u0061\\n\\u00e9\\u20ac\\ud83d\\ude00\\/\": 1}");
    member(spec_lines_root(lines), "a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/");
    arena_free(arena);
}
END_TEST

static void note(void *arg, const struct spec_place *first, const struct spec_place *twin)
{
    str_printf(arg, "%s %d %d\n", twin->name, first->line, twin->line);
}

START_TEST(lines_twins_are_all_told_and_the_last_one_is_found)
{
    scan("{\"a\": 1,\n \"b\": {\"a\": 1,\n \"\\u0061\": 2},\n \"a\": 3,\n \"a\": [0, 0]}");
    struct str out = STR_INIT;
    spec_lines_twins(lines, note, &out);
    ck_assert_str_eq(str_text(&out), "a 1 4\na 1 5\na 2 3\n");
    const struct spec_place *a = member(spec_lines_root(lines), "a");
    ck_assert_int_eq(a->line, 5);
    ck_assert_ptr_nonnull(spec_lines_element(lines, a, 1));
    str_free(&out);
    arena_free(arena);
}
END_TEST

START_TEST(lines_of_text_that_is_no_json_end_quietly)
{
    static const char *const cases[] = {"",
                                        "{",
                                        "[",
                                        "{\"",
                                        "{\"a",
                                        "{\"a\"",
                                        "{\"a\":",
                                        "[1,",
                                        "[,,,]",
                                        "{,}",
                                        "}{",
                                        "\"\\",
                                        "{\"\\u",
                                        "{\"\\ud83d\\u\": 1}",
                                        "[[[[",
                                        "]]]]",
                                        "{\"a\" 1, \"b\": 2}"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        scan(cases[i]);
        ck_assert_ptr_nonnull(spec_lines_root(lines));
        arena_free(arena);
    }
}
END_TEST

START_TEST(lines_of_every_beginning_of_a_text_stay_inside_it)
{
    static const char text[] =
        "{\"a\\u00e9\": [1, {\"b\": \"\\\"x\"}, [], {}], \"c\": -1.5e3, \"d\": true}";
    for (size_t len = 0; len < sizeof text; len++) {
        char *part = malloc(len == 0 ? 1 : len); /* so that the sanitizer sees a step too far */
        ck_assert_ptr_nonnull(part);
        memcpy(part, text, len);
        arena = arena_new();
        ck_assert_ptr_nonnull(spec_lines_scan(part, len, arena));
        arena_free(arena);
        free(part);
    }
}
END_TEST

START_TEST(lines_of_brackets_without_end_do_not_exhaust_the_stack)
{
    size_t len = 1024 * 1024;
    char *text = malloc(len);
    ck_assert_ptr_nonnull(text);
    memset(text, '[', len);
    arena = arena_new();
    ck_assert_ptr_nonnull(spec_lines_scan(text, len, arena));
    arena_free(arena);
    free(text);
}
END_TEST

UNIT_MAIN("spec_lines", lines_of_members_and_elements_are_where_they_begin,
          lines_know_nothing_that_is_not_there,
          lines_pointer_escapes_tilde_and_slash_and_cuts_long_names, lines_names_are_unescaped,
          lines_twins_are_all_told_and_the_last_one_is_found,
          lines_of_text_that_is_no_json_end_quietly,
          lines_of_every_beginning_of_a_text_stay_inside_it,
          lines_of_brackets_without_end_do_not_exhaust_the_stack)
