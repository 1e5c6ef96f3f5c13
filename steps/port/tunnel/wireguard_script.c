/*
 * Scripts and what they include; see wireguard_script.h.
 */
#include "steps/port/tunnel/wireguard_script.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

extern const struct embed wireguard_scripts[];
extern const size_t wireguard_scripts_len;

#define INCLUDE "#include "
#define DEPTH   8

static const struct embed *find_file(const struct embed *files, size_t len, const char *name,
                                     size_t name_len)
{
    for (size_t i = 0; i < len; i++)
        if (strlen(files[i].name) == name_len && memcmp(files[i].name, name, name_len) == 0)
            return &files[i];
    return NULL;
}

/* Adds a file line by line. The depth bounds the recursion: scripts that include each other end. */
static bool add_file(struct str *out, const struct embed *files, size_t len, const char *name,
                     size_t name_len, int depth)
{
    const struct embed *file = find_file(files, len, name, name_len);
    if (!file || depth > DEPTH)
        return false;
    for (const char *line = file->text; *line;) {
        size_t line_len = strcspn(line, "\n");
        size_t whole = line_len + (line[line_len] == '\n');
        if (!str_starts(line, INCLUDE))
            str_add_n(out, line, whole);
        else if (!add_file(out, files, len, line + strlen(INCLUDE), line_len - strlen(INCLUDE),
                           depth + 1))
            return false;
        line += whole;
    }
    return true;
}

const char *wireguard_script_render(const struct embed *files, size_t len, const char *name,
                                    struct arena *arena)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    if (!add_file(&out, files, len, name, strlen(name), 1))
        return NULL;
    return arena_strdup(arena, str_text(&out));
}

const char *wireguard_script_text(const char *name, struct arena *arena)
{
    return wireguard_script_render(wireguard_scripts, wireguard_scripts_len, name, arena);
}
