/*
 * Loads PgBouncer's configuration from the proxy host; see pgbouncer_config.h.
 */
#include "steps/port/traffic/pgbouncer_config.h"

#include <string.h>

enum { DEPTH = 10 }; /* as PgBouncer itself */

struct loading {
    struct pgbouncer *self;
    struct arena *arena;
    struct pgbouncer_config *out;
    const char *section; /* goes on through included files */
};

static void say(struct loading *load, const char *path, const struct pgbouncer_ini_line *line)
{
    struct pgbouncer_config *out = load->out;
    if (out->len == out->room) {
        struct pgbouncer_said *bigger =
            ARENA_ARRAY(load->arena, struct pgbouncer_said, out->room * 2 + 16);
        if (out->len > 0)
            memcpy(bigger, out->said, out->len * sizeof(*bigger));
        out->said = bigger;
        out->room = out->room * 2 + 16;
    }
    out->said[out->len++] = (struct pgbouncer_said){.section = load->section,
                                                    .path = path,
                                                    .line = line->number,
                                                    .key = line->key,
                                                    .value = line->value};
}

/* The script's first line is the path without links; the file follows. */
static int load_file(struct loading *load, const char *name, int depth, struct err *err);

static int load_line(struct loading *load, const char *path, const struct pgbouncer_ini_line *line,
                     int depth, struct err *err)
{
    switch (line->kind) {
    case PGBOUNCER_INI_SECTION:
        load->section = line->value;
        return 0;
    case PGBOUNCER_INI_SETTING:
        say(load, path, line);
        return 0;
    case PGBOUNCER_INI_INCLUDE:
        break;
    }
    if (line->value[0] != '/')
        return err_set(err, ERR_SPEC, "'%s' line %zu includes '%s': write its full path there",
                       path, line->number, line->value);
    if (depth >= DEPTH)
        return err_set(err, ERR_SPEC, "'%s' line %zu: includes go deeper than %d", path,
                       line->number, DEPTH);
    return load_file(load, line->value, depth + 1, err);
}

static int load_file(struct loading *load, const char *name, int depth, struct err *err)
{
    const char *const argv[] = {name, NULL};
    const char *reply;
    struct pgbouncer_ini ini;
    if (pgbouncer_probe(load->self, "config.sh", argv, load->arena, &reply, err) < 0)
        return -1;
    size_t first = strcspn(reply, "\n");
    const char *path = arena_strndup(load->arena, reply, first);
    const char *text = reply + first + (reply[first] == '\n');
    if (pgbouncer_ini_read(text, strlen(text), load->arena, &ini, err) < 0)
        return err_add(err, "'%s' on '%s'", path, pgbouncer_host(load->self)->name);
    for (size_t i = 0; i < ini.len; i++)
        if (load_line(load, path, &ini.line[i], depth, err) < 0)
            return -1;
    return 0;
}

int pgbouncer_config_load(struct pgbouncer *self, struct arena *arena, struct pgbouncer_config *out,
                          struct err *err)
{
    struct loading load = {.self = self, .arena = arena, .out = out, .section = ""};
    *out = (struct pgbouncer_config){0};
    return load_file(&load, self->service->traffic.config_file, 0, err);
}

static bool is(const struct pgbouncer_said *said, const char *section, const char *key)
{
    return strcmp(said->section, section) == 0 && strcmp(said->key, key) == 0;
}

const struct pgbouncer_said *pgbouncer_config_find(const struct pgbouncer_config *config,
                                                   const char *section, const char *key)
{
    for (size_t i = config->len; i > 0; i--)
        if (is(&config->said[i - 1], section, key))
            return &config->said[i - 1];
    return NULL;
}

size_t pgbouncer_config_count(const struct pgbouncer_config *config, const char *section,
                              const char *key)
{
    size_t count = 0;
    for (size_t i = 0; i < config->len; i++)
        count += is(&config->said[i], section, key);
    return count;
}

struct pgbouncer_way pgbouncer_config_way(const struct pgbouncer_said *entry, struct arena *arena)
{
    const char *host = pgbouncer_ini_pair(entry->value, "host", arena);
    const char *port = pgbouncer_ini_pair(entry->value, "port", arena);
    int64_t number = 5432;
    if (port && (str_to_i64(port, &number) < 0 || number < 1 || number > 65535))
        number = 0;
    return (struct pgbouncer_way){.host = host ? host : "", .port = (unsigned)number};
}

int pgbouncer_config_entry(const struct pgbouncer_config *config, const char *database,
                           const struct pgbouncer_said **out, struct arena *arena, struct err *err)
{
    *out = pgbouncer_config_find(config, "databases", database);
    if (!*out && pgbouncer_config_find(config, "databases", "*"))
        return err_set(err, ERR_SPEC,
                       "'%s' is served by the '*' entry of [databases], which others use too: give "
                       "it an entry of its own",
                       database);
    if (!*out)
        return err_set(err, ERR_SPEC, "[databases] has no entry '%s'", database);
    if (pgbouncer_config_count(config, "databases", database) > 1)
        return err_set(err, ERR_SPEC, "[databases] has several entries '%s': leave one", database);
    if (pgbouncer_config_way(*out, arena).host[0] == '\0')
        return err_set(err, ERR_SPEC,
                       "'%s' line %zu: the entry '%s' has no host=: write host=ADDRESS port=PORT",
                       (*out)->path, (*out)->line, database);
    return 0;
}
