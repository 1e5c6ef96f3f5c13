/*
 * Reads and rewrites PgBouncer's configuration; see pgbouncer_ini.h.
 */
#include "steps/port/traffic/pgbouncer_ini.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define INCLUDE "%include"

/* Where reading stands. */
struct cursor {
    const char *text;
    size_t len, at, number;
};

static bool at_end(const struct cursor *c)
{
    return c->at >= c->len;
}

static char look(const struct cursor *c)
{
    return at_end(c) ? '\0' : c->text[c->at];
}

static void skip_blank(struct cursor *c)
{
    while (look(c) == ' ' || look(c) == '\t')
        c->at++;
}

static void skip_space(struct cursor *c)
{
    while (!at_end(c) && isspace((unsigned char)look(c)))
        c->number += c->text[c->at++] == '\n';
}

/* The rest of the line without white space at its end. */
static void take_value(struct cursor *c, struct pgbouncer_ini_line *line, struct arena *arena)
{
    size_t end = c->at;
    while (end < c->len && c->text[end] != '\n')
        end++;
    line->value_at = c->at;
    c->at = end;
    while (end > line->value_at && isspace((unsigned char)c->text[end - 1]))
        end--;
    line->value_len = end - line->value_at;
    line->value = arena_strndup(arena, c->text + line->value_at, line->value_len);
}

static int take_section(struct cursor *c, struct pgbouncer_ini_line *line, struct arena *arena,
                        struct err *err)
{
    size_t begin = ++c->at;
    while (!at_end(c) && look(c) != ']' && look(c) != '\n')
        c->at++;
    if (look(c) != ']')
        return err_set(err, ERR_SPEC, "line %zu: a section without ']'", c->number);
    line->kind = PGBOUNCER_INI_SECTION;
    line->value = arena_strndup(arena, c->text + begin, c->at++ - begin);
    return 0;
}

static int take_setting(struct cursor *c, struct pgbouncer_ini_line *line, struct arena *arena,
                        struct err *err)
{
    size_t begin = c->at;
    while (!at_end(c) && (isalnum((unsigned char)look(c)) || strchr("_.-*", look(c))))
        c->at++;
    line->kind = PGBOUNCER_INI_SETTING;
    line->key = arena_strndup(arena, c->text + begin, c->at - begin);
    skip_blank(c);
    if (look(c) != '=')
        return err_set(err, ERR_SPEC, "line %zu: a setting without '='", c->number);
    c->at++;
    skip_blank(c);
    take_value(c, line, arena);
    return 0;
}

static bool is_include(const struct cursor *c)
{
    size_t n = strlen(INCLUDE);
    return c->len - c->at > n && memcmp(c->text + c->at, INCLUDE, n) == 0 &&
           (c->text[c->at + n] == ' ' || c->text[c->at + n] == '\t');
}

static void take_include(struct cursor *c, struct pgbouncer_ini_line *line, struct arena *arena)
{
    c->at += strlen(INCLUDE);
    skip_blank(c);
    line->kind = PGBOUNCER_INI_INCLUDE;
    take_value(c, line, arena);
}

static int take_line(struct cursor *c, struct pgbouncer_ini_line *line, struct arena *arena,
                     struct err *err)
{
    *line = (struct pgbouncer_ini_line){.number = c->number, .key = "", .value = ""};
    if (look(c) == '[')
        return take_section(c, line, arena, err);
    if (!is_include(c))
        return take_setting(c, line, arena, err);
    take_include(c, line, arena);
    return 0;
}

static void skip_comment(struct cursor *c)
{
    while (!at_end(c) && look(c) != '\n')
        c->at++;
}

/* No file has more lines that say something than it has lines. */
static size_t count_lines(const char *text, size_t len)
{
    size_t count = 1;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n' || text[i] == ']';
    return count;
}

int pgbouncer_ini_read(const char *text, size_t len, struct arena *arena, struct pgbouncer_ini *out,
                       struct err *err)
{
    struct cursor c = {.text = text, .len = len, .number = 1};
    /* There PgBouncer would end, and we would not. */
    if (len > 0 && memchr(text, '\0', len))
        return err_set(err, ERR_SPEC, "a NUL byte stands in the file");
    *out = (struct pgbouncer_ini){
        .line = ARENA_ARRAY(arena, struct pgbouncer_ini_line, count_lines(text, len) + 1)};
    for (skip_space(&c); !at_end(&c); skip_space(&c)) {
        if (look(&c) == '#' || look(&c) == ';') {
            skip_comment(&c);
            continue;
        }
        if (take_line(&c, &out->line[out->len], arena, err) < 0)
            return -1;
        out->len++;
    }
    return 0;
}

/* One pair of an entry: where its key and its value (quotes included) are. */
struct pair {
    size_t key_at, key_len, value_at, value_len;
};

/* Takes the pair at *at. False at the end, and where the text makes no sense. */
static bool take_pair(const char *entry, size_t *at, struct pair *out)
{
    const char *c = entry + *at + strspn(entry + *at, " ");
    size_t key_len = strcspn(c, "= ");
    *out = (struct pair){.key_at = (size_t)(c - entry), .key_len = key_len};
    c += key_len;
    c += strspn(c, " ");
    if (*c != '=' || key_len == 0)
        return false;
    c++;
    c += strspn(c, " ");
    out->value_at = (size_t)(c - entry);
    if (*c != '\'') {
        c += strcspn(c, " ");
    } else {
        for (c++; *c && (c[0] != '\'' || c[1] == '\''); c++)
            c += c[0] == '\'';
        if (*c != '\'' || (c[1] != '\0' && c[1] != ' '))
            return false;
        c++;
    }
    out->value_len = (size_t)(c - entry) - out->value_at;
    *at = (size_t)(c - entry);
    return true;
}

/* PgBouncer takes the last of several. */
static bool find_pair(const char *entry, const char *key, struct pair *out)
{
    struct pair pair;
    bool found = false;
    for (size_t at = 0; take_pair(entry, &at, &pair);) {
        if (pair.key_len != strlen(key) || memcmp(entry + pair.key_at, key, pair.key_len) != 0)
            continue;
        *out = pair;
        found = true;
    }
    return found;
}

const char *pgbouncer_ini_pair(const char *entry, const char *key, struct arena *arena)
{
    struct pair pair;
    if (!find_pair(entry, key, &pair))
        return NULL;
    const char *value = entry + pair.value_at;
    if (value[0] != '\'')
        return arena_strndup(arena, value, pair.value_len);
    struct str plain CLEANUP(str_free) = STR_INIT;
    for (size_t i = 1; i + 1 < pair.value_len; i++) {
        i += value[i] == '\'';
        str_add_n(&plain, value + i, 1);
    }
    return arena_strdup(arena, str_text(&plain));
}

/* The entry with its host, and its port if it has one, replaced. A value may be empty and stand at
 * the very end. */
static void point_entry(struct str *out, const struct pgbouncer_ini_line *line,
                        const struct pair *at_host, const struct pair *at_port, const char *host,
                        unsigned port)
{
    struct str way CLEANUP(str_free) = STR_INIT;
    struct str number CLEANUP(str_free) = STR_INIT;
    str_add(&way, host);
    if (!at_port && port != 5432)
        str_printf(&way, " port=%u", port);
    str_printf(&number, "%u", port);
    const struct edit {
        const struct pair *at;
        const char *text;
    } host_edit = {at_host, str_text(&way)}, port_edit = {at_port, str_text(&number)};
    bool host_first = !at_port || at_host->value_at < at_port->value_at;
    const struct edit edits[] = {host_first ? host_edit : port_edit,
                                 host_first ? port_edit : host_edit};
    size_t from = 0;
    for (size_t i = 0; i < ARRAY_LEN(edits) && edits[i].at; i++) {
        str_add_n(out, line->value + from, edits[i].at->value_at - from);
        str_add(out, edits[i].text);
        from = edits[i].at->value_at + edits[i].at->value_len;
    }
    str_add_n(out, line->value + from, line->value_len - from);
}

int pgbouncer_ini_point(const char *text, size_t len, const struct pgbouncer_ini_line *line,
                        const char *host, unsigned port, struct arena *arena, const char **out,
                        size_t *out_len, struct err *err)
{
    struct pair at_host, at_port;
    if (!find_pair(line->value, "host", &at_host))
        return err_set(err, ERR_SPEC, "line %zu: '%s' has no host= of its own", line->number,
                       line->key);
    bool has_port = find_pair(line->value, "port", &at_port);
    struct str entry CLEANUP(str_free) = STR_INIT;
    point_entry(&entry, line, &at_host, has_port ? &at_port : NULL, host, port);
    size_t after = line->value_at + line->value_len;
    *out_len = line->value_at + entry.len + (len - after);
    char *whole = arena_alloc(arena, *out_len + 1);
    memcpy(whole, text, line->value_at);
    memcpy(whole + line->value_at, str_text(&entry), entry.len);
    memcpy(whole + line->value_at + entry.len, text + after, len - after);
    *out = whole;
    return 0;
}
