/*
 * The first look at the bytes, and Jansson's complaints put into other words. A complaint never
 * shows the text around the fault: an unquoted password is a fault of syntax too.
 */
#include "steps/spec_text.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

static bool begins(const char *text, size_t len, const char *part)
{
    return len >= strlen(part) && memcmp(text, part, strlen(part)) == 0;
}

static bool is_blank(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
        i++;
    return i == len;
}

static int line_at(const char *text, size_t at)
{
    int line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* Returns whether the bytes may be given to Jansson. */
static bool check_bytes(const char *text, size_t len, struct spec_fault_list *list)
{
    const char *nul = len == 0 ? NULL : memchr(text, '\0', len);
    if (len > SPEC_TEXT_MAX)
        spec_fault_line(list, 1,
                        "the file is larger than 1 MiB; a migration file has a few kilobytes: "
                        "is this the right one?");
    else if (begins(text, len, "\xff\xfe") || begins(text, len, "\xfe\xff"))
        spec_fault_line(list, 1, "the file is in UTF-16; save it as UTF-8");
    else if (begins(text, len, "\xef\xbb\xbf"))
        spec_fault_line(list, 1,
                        "the file begins with a byte order mark; save it as UTF-8 without one");
    else if (nul != NULL)
        spec_fault_line(list, line_at(text, (size_t)(nul - text)),
                        "there is a NUL byte here; this is not a text file, or it is damaged");
    else if (is_blank(text, len))
        spec_fault_line(list, 1, "the file is empty; 'ece-migrate init' writes one to begin with");
    else
        return true;
    return false;
}

/* The text around a fault of syntax: the byte that the token begins with, and the last byte before
 * that is no white space. */
struct around {
    char token, before;
    size_t before_at;
};

/* Jansson's position is behind the token, which its message repeats between the quotes at the end.
 */
static struct around look_around(const char *text, size_t len, const json_error_t *error)
{
    struct around around = {0};
    const char *near = strstr(error->text, " near '");
    size_t end = error->position < 0 ? 0 : (size_t)error->position;
    size_t token_len = near == NULL ? 0 : strlen(near + strlen(" near '")) - 1;
    if (end > len || token_len == 0 || token_len > end)
        return around;
    size_t at = end - token_len;
    around.token = text[at];
    while (at > 0 && isspace((unsigned char)text[at - 1]))
        at--;
    around.before_at = at > 0 ? at - 1 : 0;
    around.before = at > 0 ? text[at - 1] : '\0';
    return around;
}

/* What people usually did when the syntax is wrong; NULL: something else. */
static const char *usual_mistake(const struct around *around, const json_error_t *error)
{
    if (around->before == ',' && (around->token == '}' || around->token == ']'))
        return "a comma stands before a closing bracket; remove it";
    if (around->token == ',' && strchr(",[{:", around->before) != NULL)
        return "a value is missing before a comma; write it, or remove the comma";
    if (around->token == '\'')
        return "a single quote stands here; strings take double quotes";
    if (around->token == '/' || around->token == '#')
        return "JSON has no comments; remove it";
    if (str_starts(error->text, "'}' expected") || str_starts(error->text, "']' expected"))
        return "a comma is missing behind this, or a closing bracket";
    if (str_starts(error->text, "':' expected"))
        return "a key is not followed by a colon; write \"key\": value";
    if (str_starts(error->text, "string or '}' expected"))
        return "a key is missing or has no double quotes; write \"key\": value";
    if (str_starts(error->text, "unexpected newline"))
        return "a string does not end on its line; close it with a double quote";
    if (isalpha((unsigned char)around->token))
        return "a word without double quotes stands here; write \"text\", a number, true or false";
    return NULL;
}

/* How much of Jansson's message is about the fault and not a piece of the text. */
static int about_len(const char *message)
{
    const char *near = strstr(message, " near ");
    return (int)(near == NULL ? strcspn(message, "'0123456789") : (size_t)(near - message));
}

/* A mistake of commas is where the last token before ends; every other one is where Jansson
 * stopped. */
static void complain_syntax(const char *text, size_t len, const json_error_t *error,
                            struct spec_fault_list *list)
{
    struct around around = look_around(text, len, error);
    const char *mistake = usual_mistake(&around, error);
    bool comma = mistake != NULL && strstr(mistake, "comma ") != NULL;
    int line = comma ? line_at(text, around.before_at) : error->line;
    if (mistake != NULL)
        spec_fault_line(list, line, "this is not JSON: %s", mistake);
    else
        spec_fault_line(list, line, "this is not JSON in column %d: %.*s; correct it",
                        error->column, about_len(error->text), error->text);
}

static void complain(const char *text, size_t len, const json_error_t *error,
                     struct spec_fault_list *list)
{
    enum json_error_code code = json_error_code(error);
    if (code == json_error_premature_end_of_input)
        spec_fault_line(
            list, error->line,
            "this is not JSON: the file ends inside of it; close every string, '{' and '['");
    else if (code == json_error_end_of_input_expected)
        spec_fault_line(list, error->line,
                        "this is not JSON: something stands behind its end; remove it");
    else if (code == json_error_invalid_utf8)
        spec_fault_line(list, error->line, "a byte here is not UTF-8; save the file as UTF-8");
    else if (code == json_error_numeric_overflow)
        spec_fault_line(list, error->line,
                        "a number here is too large for any key; write a smaller one");
    else if (code == json_error_null_character || code == json_error_null_byte_in_key)
        spec_fault_line(list, error->line, "a string here holds \\u0000; remove it");
    else if (code == json_error_stack_overflow)
        spec_fault_line(list, error->line,
                        "brackets are nested too deep; a migration file needs six levels");
    else
        complain_syntax(text, len, error, list);
}

json_t *spec_text_parse(const char *text, size_t len, struct spec_fault_list *list)
{
    if (!check_bytes(text, len, list))
        return NULL;
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_DECODE_ANY, &error);
    if (root == NULL)
        complain(text, len, &error, list);
    return root;
}
