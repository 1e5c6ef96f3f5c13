/*
 * Replies of scripts as key=value lines; see wireguard_lines.h.
 */
#include "steps/port/tunnel/wireguard_lines.h"

#include <string.h>

#include "base/str.h"

#define BEGIN "#ece-begin"
#define END   "#ece-end"

/* The start of the first line that is exactly this, or NULL. */
static const char *find_line(const char *text, const char *line)
{
    size_t len = strlen(line);
    for (const char *at = text; (at = strstr(at, line)); at += len) {
        bool starts = at == text || at[-1] == '\n';
        bool ends = at[len] == '\0' || at[len] == '\n' || at[len] == '\r';
        if (starts && ends)
            return at;
    }
    return NULL;
}

static size_t count_lines(const char *text)
{
    size_t count = 1;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

static void read_line(struct wireguard_lines *out, char *line)
{
    char *equals = strchr(line, '=');
    if (!equals || equals == line)
        return;
    *equals = '\0';
    out->line[out->len++] = (struct wireguard_line){.key = line, .value = str_trim(equals + 1)};
}

bool wireguard_lines_read(struct wireguard_lines *out, const char *text, struct arena *arena)
{
    *out = (struct wireguard_lines){.text = ""};
    const char *begin = find_line(text, BEGIN);
    if (!begin)
        return false;
    begin += strcspn(begin, "\n");
    begin += *begin == '\n';
    const char *end = find_line(begin, END);
    if (!end)
        return false;
    size_t len = (size_t)(end - begin);
    out->text = arena_strndup(arena, begin, len);
    out->line = ARENA_ARRAY(arena, struct wireguard_line, count_lines(out->text));
    char *rest = arena_strndup(arena, begin, len), *line;
    while ((line = strsep(&rest, "\n")))
        read_line(out, line);
    return true;
}

const char *wireguard_lines_get(const struct wireguard_lines *lines, const char *key,
                                const char *fallback)
{
    for (size_t i = 0; i < lines->len; i++)
        if (str_equal(lines->line[i].key, key))
            return lines->line[i].value;
    return fallback;
}

int64_t wireguard_lines_number(const struct wireguard_lines *lines, const char *key,
                               int64_t fallback)
{
    int64_t number;
    const char *value = wireguard_lines_get(lines, key, NULL);
    return value && str_to_i64(value, &number) == 0 ? number : fallback;
}

bool wireguard_lines_has(const struct wireguard_lines *lines, const char *key, const char *value)
{
    for (size_t i = 0; i < lines->len; i++)
        if (str_equal(lines->line[i].key, key) && str_equal(lines->line[i].value, value))
            return true;
    return false;
}
