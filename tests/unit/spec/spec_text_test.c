/*
 * Files that are no JSON: the words that somebody who edits by hand gets.
 */
#include "tests/unit/spec/spec_edit.h"

static void expect(const char *text, size_t len, const char *expected)
{
    struct arena *arena = arena_new();
    ck_assert_str_eq(faults_of_bytes(arena, text, len, SPEC_TRUST_FILES), expected);
    arena_free(arena);
}

static void expect_text(const char *text, const char *expected)
{
    expect(text, strlen(text), expected);
}

START_TEST(text_that_is_empty_is_told_how_to_begin)
{
    const char *expected = "1 : the file is empty; 'ece-migrate init' writes one to begin with\n";
    expect_text("", expected);
    expect_text(" \n\t\r\n", expected);
}
END_TEST

START_TEST(text_of_another_encoding_is_told_to_be_utf8)
{
    expect_text("\xef\xbb\xbf{}",
                "1 : the file begins with a byte order mark; save it as UTF-8 without one\n");
    expect("\xff\xfe{\0}\0", 6, "1 : the file is in UTF-16; save it as UTF-8\n");
    expect_text("{\n\"title\": \"\xe9t\xe9\"}",
                "2 : a byte here is not UTF-8; save the file as UTF-8\n");
}
END_TEST

START_TEST(text_with_a_nul_byte_is_damaged_in_that_line)
{
    expect("{\n\n\0}", 5,
           "3 : there is a NUL byte here; this is not a text file, or it is damaged\n");
    expect_text("{\n\"a\": \"\\u0000\"}", "2 : a string here holds \\u0000; remove it\n");
}
END_TEST

START_TEST(text_of_more_than_one_mebibyte_is_refused_before_it_is_read)
{
    size_t len = 1024 * 1024 + 1;
    char *text = malloc(len);
    ck_assert_ptr_nonnull(text);
    memset(text, ' ', len);
    expect(text, len,
           "1 : the file is larger than 1 MiB; a migration file has a few kilobytes: is this the "
           "right one?\n");
    free(text);
}
END_TEST

START_TEST(text_with_usual_mistakes_is_told_the_mistake)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"{\"a\": 1,\n}",
         "1 : this is not JSON: a comma stands before a closing bracket; remove it\n"},
        {"{\"a\": [1,\n2,\n]}",
         "2 : this is not JSON: a comma stands before a closing bracket; remove it\n"},
        {"{\"a\": 1\n\n\"b\": 2}",
         "1 : this is not JSON: a comma is missing behind this, or a closing bracket\n"},
        {"{\"a\": [1\n 2]}",
         "1 : this is not JSON: a comma is missing behind this, or a closing bracket\n"},
        {"{\"a\": 1,,\n\"b\": 2}", "1 : this is not JSON: a value is missing before a comma; write "
                                   "it, or remove the comma\n"},
        {"{\n'a': 1}",
         "2 : this is not JSON: a single quote stands here; strings take double quotes\n"},
        {"{\n// hosts\n}", "2 : this is not JSON: JSON has no comments; remove it\n"},
        {"{\n# hosts\n}", "2 : this is not JSON: JSON has no comments; remove it\n"},
        {"{\"a\" 1}",
         "1 : this is not JSON: a key is not followed by a colon; write \"key\": value\n"},
        {"{a: 1}",
         "1 : this is not JSON: a key is missing or has no double quotes; write \"key\": value\n"},
        {"{\"a\": yes}", "1 : this is not JSON: a word without double quotes stands here; write "
                         "\"text\", a number, true or false\n"},
        {"{\"a\": \"b\n\"}",
         "1 : this is not JSON: a string does not end on its line; close it with a double quote\n"},
        {"{\"a\": {\n",
         "2 : this is not JSON: the file ends inside of it; close every string, '{' and '['\n"},
        {"{}\n{}", "2 : this is not JSON: something stands behind its end; remove it\n"},
        {"{\"a\": 99999999999999999999}",
         "1 : a number here is too large for any key; write a smaller one\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_text(cases[i].text, cases[i].expected);
}
END_TEST

START_TEST(text_with_an_unquoted_password_does_not_show_it)
{
    struct arena *arena = arena_new();
    static const char *const cases[] = {
        "{\"password\": hunter2x}",        "{\"password\": \"hunter2x\n\"}",
        "{\"password\" hunter2x}",         "{\"password\": \"a\" \"hunter2x\"}",
        "{\"password\": \"hunter2x\\q\"}", "{\"password\": @hunter2x}"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *faults = faults_of(arena, cases[i]);
        ck_assert_msg(*faults != '\0' && strstr(faults, "hunter2x") == NULL, "%s", faults);
    }
    arena_free(arena);
}
END_TEST

START_TEST(text_nested_too_deep_is_refused)
{
    char text[8192];
    memset(text, '[', sizeof text);
    expect(text, sizeof text,
           "1 : brackets are nested too deep; a migration file needs six levels\n");
}
END_TEST

START_TEST(text_that_is_json_but_no_object_is_told_so)
{
    expect_text("[1]", "1 : an array stands here; write an object\n");
    expect_text("\n 7", "2 : an integer stands here; write an object\n");
}
END_TEST

START_TEST(text_cut_at_any_byte_gives_one_fault_or_more)
{
    struct arena *arena = arena_new();
    const char *text = example(arena);
    size_t whole = strlen(text) - 1;
    for (size_t len = 0; len < whole; len += 3)
        ck_assert_str_ne(faults_of_bytes(arena, text, len, SPEC_TRUST_FILES), "");
    arena_free(arena);
}
END_TEST

UNIT_MAIN("spec_text", text_that_is_empty_is_told_how_to_begin,
          text_of_another_encoding_is_told_to_be_utf8, text_with_a_nul_byte_is_damaged_in_that_line,
          text_of_more_than_one_mebibyte_is_refused_before_it_is_read,
          text_with_usual_mistakes_is_told_the_mistake,
          text_with_an_unquoted_password_does_not_show_it, text_nested_too_deep_is_refused,
          text_that_is_json_but_no_object_is_told_so, text_cut_at_any_byte_gives_one_fault_or_more)
