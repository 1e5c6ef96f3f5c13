/*
 * What looks like a secret, whoever made it: a host may show us a key that we never loaded. Better
 * a harmless word taken away than a key kept for six years.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/attr.h"
#include "base/secret_scrub.h"

static const char pattern_name[] = "pattern";

struct view {
    const char *text;
    size_t len;
};

static bool at(const struct view *v, size_t i, const char *word)
{
    size_t n = strlen(word);
    return i <= v->len && v->len - i >= n && memcmp(v->text + i, word, n) == 0;
}

static bool at_nocase(const struct view *v, size_t i, const char *word)
{
    size_t n = strlen(word);
    return i <= v->len && v->len - i >= n && strncasecmp(v->text + i, word, n) == 0;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static size_t skip_blanks(const struct view *v, size_t i)
{
    while (i < v->len && is_one_of(v->text[i], " \t"))
        i++;
    return i;
}

/* RFC 7468, OpenSSH and PGP private keys. One that has no end is cut off: what follows may well be
 * key. */
static size_t pem(struct scrub_ranges *ranges, const struct view *v, size_t i)
{
    if (!at(v, i, "-----BEGIN "))
        return 0;
    size_t label = i + strlen("-----BEGIN ");
    const char *dashes = memmem(v->text + label, v->len - label, "-----", 5);
    size_t label_len = dashes ? (size_t)(dashes - v->text) - label : 0;
    if (!dashes || label_len > 64 || !memmem(v->text + label, label_len, "PRIVATE KEY", 11))
        return 0;
    size_t to = label + label_len;
    while (to < v->len && !at(v, to, "-----END "))
        to++;
    if (to < v->len) {
        to += strlen("-----END ");
        dashes = memmem(v->text + to, v->len - to, "-----", 5);
        to = dashes ? (size_t)(dashes - v->text) + 5 : v->len;
    }
    secret_range_add(ranges, i, to, pattern_name);
    return to - i;
}

/* scheme://user:password@host (RFC 3986 §3.2.1): the password alone goes, as user and host help
 * whoever reads. */
static size_t uri(struct scrub_ranges *ranges, const struct view *v, size_t i)
{
    if (!at(v, i, "://"))
        return 0;
    size_t colon = 0, last_at = 0, j = i + 3;
    for (; j < v->len && !is_one_of(v->text[j], "/?#\"'<> \t\r\n") && v->text[j]; j++) {
        if (v->text[j] == ':' && !colon && !last_at)
            colon = j;
        if (v->text[j] == '@')
            last_at = j;
    }
    if (!colon || last_at <= colon + 1)
        return 0;
    secret_range_add(ranges, colon + 1, last_at, pattern_name);
    return last_at - i;
}

/* The value from i on: in quotes up to the closing one (a backslash keeps one in), else up to a
   blank. Inside JSON a double quote has a backslash before it, and so has the one that closes. */
static size_t value_end(const struct view *v, size_t i)
{
    bool escaped = at(v, i, "\\\"");
    i += escaped;
    char quote = i < v->len && is_one_of(v->text[i], "'\"") ? v->text[i++] : '\0';
    while (i < v->len) {
        char c = v->text[i];
        if (quote ? c == quote || (escaped && at(v, i, "\\\"")) : is_one_of(c, " \t\r\n\"'&;,\\"))
            break;
        i += quote && c == '\\' && i + 1 < v->len ? 2 : 1;
    }
    return i < v->len ? i + (quote ? 1u + escaped : 0) : i;
}

/* Words before a sign and a value. Blanks around the sign only where a file format has them:
 * "password = required" is prose. */
struct key_word {
    const char *word;
    const char *signs;
    bool blanks;
};
static const struct key_word key_words[] = {
    {"PrivateKey", "=", true},   /* wg(8) */
    {"PresharedKey", "=", true}, /* wg(8) */
    {"password", "=", false},    /* libpq conninfo, PGPASSWORD=, URI parameters */
};

static size_t key_value(struct scrub_ranges *ranges, const struct view *v, size_t i)
{
    for (size_t k = 0; k < ARRAY_LEN(key_words); k++) {
        const struct key_word *key = &key_words[k];
        if (!at_nocase(v, i, key->word))
            continue;
        size_t sign = i + strlen(key->word);
        sign = key->blanks ? skip_blanks(v, sign) : sign;
        if (sign >= v->len || !is_one_of(v->text[sign], key->signs))
            continue;
        size_t from = key->blanks ? skip_blanks(v, sign + 1) : sign + 1;
        size_t to = value_end(v, from);
        if (to <= from)
            continue;
        secret_range_add(ranges, from, to, pattern_name);
        return to - i;
    }
    return 0;
}

/* Authorization: Basic …, Authorization: aivenv1 … (RFC 9110 §11.6.2): the scheme stays, the rest
 * of the line goes. */
static size_t authorization(struct scrub_ranges *ranges, const struct view *v, size_t i)
{
    if (!at_nocase(v, i, "Authorization:"))
        return 0;
    size_t from = skip_blanks(v, i + strlen("Authorization:"));
    size_t scheme = from;
    while (scheme < v->len && isalnum((unsigned char)v->text[scheme]))
        scheme++;
    if (scheme < v->len && v->text[scheme] == ' ')
        from = skip_blanks(v, scheme);
    size_t to = from;
    while (to < v->len && !is_one_of(v->text[to], "\r\n\"'\\"))
        to++;
    if (to == from)
        return 0;
    secret_range_add(ranges, from, to, pattern_name);
    return to - i;
}

typedef size_t find_fn(struct scrub_ranges *ranges, const struct view *v, size_t i);

void secret_find_patterns(struct scrub_ranges *ranges, const char *text, size_t len)
{
    static find_fn *const finders[] = {pem, uri, key_value, authorization};
    const struct view v = {text, len};
    for (size_t i = 0; i < len;) {
        size_t took = 0;
        /* No pattern begins with another character, so most of a text costs one look each. */
        for (size_t f = 0; f < ARRAY_LEN(finders) && !took && is_one_of(text[i], "-:aApP"); f++)
            took = finders[f](ranges, &v, i);
        i += took ? took : 1;
    }
}
