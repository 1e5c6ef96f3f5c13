/*
 * Names from the migration's id; see postgresql_name.h.
 */
#include "steps/port/engine/postgresql_name.h"

#include <string.h>

/* An id may hold '-', which would need quotes in SQL and is refused in the name of a slot. */
static const char *sql_name(struct arena *arena, const char *id)
{
    char *name = arena_printf(arena, "ece_%s", id);
    for (char *at = strchr(name, '-'); at; at = strchr(at, '-'))
        *at = '_';
    return name;
}

struct postgresql_name postgresql_name_make(struct arena *arena, const char *id)
{
    struct postgresql_name name = {.id = arena_strdup(arena, id), .role = sql_name(arena, id)};
    name.comment = arena_printf(arena, "made by ece-migrate for the migration '%s'", id);
    name.open_word = arena_printf(arena, "%s_open", name.role);
    name.begin = arena_printf(arena, "# BEGIN ece-migrate %s", id);
    name.end = arena_printf(arena, "# END ece-migrate %s", id);
    name.dir = arena_printf(arena, "/run/ece-%s", id);
    name.passfile = arena_printf(arena, "%s/pgpass", name.dir);
    name.ca_file = arena_printf(arena, "%s/source-ca.pem", name.dir);
    name.back_ca = arena_printf(arena, "%s/target-ca.pem", name.dir);
    name.copy_dir = arena_printf(arena, "%s/copy", name.dir);
    return name;
}

static int bare_length(const char *directory)
{
    size_t len = strlen(directory);
    while (len > 1 && directory[len - 1] == '/')
        len--;
    return (int)len;
}

const char *postgresql_name_fence(const struct postgresql_name *name, struct arena *arena,
                                  const char *data_directory)
{
    return arena_printf(arena, "%.*s/%s.fence", bare_length(data_directory), data_directory,
                        name->role);
}

const char *postgresql_name_marker(const struct postgresql_name *name, struct arena *arena,
                                   const char *data_directory)
{
    return arena_printf(arena, "%.*s.ece-%s", bare_length(data_directory), data_directory,
                        name->id);
}

const char *postgresql_name_own(const struct postgresql_name *name, struct arena *arena,
                                const char *data_directory)
{
    return arena_printf(arena, "%.*s.ece-%s.own", bare_length(data_directory), data_directory,
                        name->id);
}
