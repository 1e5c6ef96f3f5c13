/*
 * The host's word on a server; see postgresql_host.h and the scripts in postgresql/.
 */
#include "steps/port/engine/postgresql_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/str.h"
#include "steps/wire/remote.h"

extern const struct embed postgresql_scripts[];
extern const size_t postgresql_scripts_len;

const char *postgresql_host_script(const char *name)
{
    for (size_t i = 0; i < postgresql_scripts_len; i++)
        if (strcmp(postgresql_scripts[i].name, name) == 0)
            return postgresql_scripts[i].text;
    return ""; /* each name is a constant of ours, and a test asks for all of them */
}

const char *postgresql_host_lines(const char *text, const char *name, struct arena *arena)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    size_t len = strlen(name);
    for (const char *line = text; line && *line;) {
        const char *end = strchr(line, '\n');
        size_t all = end ? (size_t)(end - line) : strlen(line);
        if (all > len && strncmp(line, name, len) == 0 && line[len] == '=') {
            str_add_n(&out, line + len + 1, all - len - 1);
            str_add(&out, "\n");
        }
        line = end ? end + 1 : NULL;
    }
    return arena_strdup(arena, str_text(&out));
}

const char *postgresql_host_value(const char *text, const char *name, struct arena *arena)
{
    const char *lines = postgresql_host_lines(text, name, arena);
    const char *newline = strchr(lines, '\n');
    return newline && newline[1] == '\0' ? arena_strndup(arena, lines, strlen(lines) - 1) : lines;
}

static bool flag(const char *text, const char *name, struct arena *arena)
{
    return postgresql_host_value(text, name, arena)[0] != '\0';
}

static int64_t number(const char *text, const char *name, struct arena *arena)
{
    int64_t value = -1;
    return str_to_i64(postgresql_host_value(text, name, arena), &value) ? -1 : value;
}

void postgresql_host_read_place(const char *text, struct arena *arena, struct postgresql_place *out)
{
    *out = (struct postgresql_place){
        .bindir = postgresql_host_value(text, "bindir", arena),
        .data_directory = postgresql_host_value(text, "data_directory", arena),
        .owner = postgresql_host_value(text, "owner", arena),
        .group = postgresql_host_value(text, "group", arena),
        .config_file = postgresql_host_value(text, "config_file", arena),
        .hba_file = postgresql_host_value(text, "hba_file", arena),
        .ident_file = postgresql_host_value(text, "ident_file", arena),
        .fence = "",
        .marker = "",
    };
}

static enum postgresql_data data_of(const char *word)
{
    if (str_equal(word, "missing"))
        return POSTGRESQL_DATA_MISSING;
    return str_equal(word, "empty") ? POSTGRESQL_DATA_EMPTY : POSTGRESQL_DATA_THERE;
}

void postgresql_host_read(const char *text, struct arena *arena, struct postgresql_host *out)
{
    *out = (struct postgresql_host){
        .running = flag(text, "pid", arena),
        .status = postgresql_host_value(text, "status", arena),
        .data = data_of(postgresql_host_value(text, "data", arena)),
        .control = flag(text, "control", arena),
        .backup_label = flag(text, "backup_label", arena),
        .standby_signal = flag(text, "standby_signal", arena),
        .slot = flag(text, "slot", arena),
        .passfile = flag(text, "passfile", arena),
        .directory = flag(text, "directory", arena),
        .hba_file = flag(text, "hba_file", arena),
        .fence = postgresql_host_value(text, "fence", arena),
        .hba = postgresql_host_lines(text, "hba", arena),
        .settings = postgresql_host_lines(text, "settings", arena),
        .history = postgresql_host_value(text, "history", arena),
        .wal_free_bytes = number(text, "wal_free", arena),
        .marker = postgresql_host_value(text, "marker", arena),
        .copy_job = flag(text, "copy_job", arena),
        .copy_status = postgresql_host_value(text, "copy_status", arena),
        .copy_log = postgresql_host_value(text, "copy_log", arena),
        .config_hash = postgresql_host_value(text, "config_hash", arena),
    };
}

int postgresql_host_find(struct world *world, const struct spec_endpoint *endpoint,
                         const struct postgresql_name *name, struct arena *arena,
                         struct postgresql_place *out, struct err *err)
{
    const char *argv[] = {
        arena_printf(arena, "%u", endpoint->port),
        endpoint->data_directory ? endpoint->data_directory : "",
        endpoint->owner ? endpoint->owner : "",
        NULL,
    };
    struct remote_cmd cmd = {.argv = argv, .script = postgresql_host_script("find.sh")};
    struct remote_reply reply;
    if (remote_probe_ok(world, endpoint->host, &cmd, arena, &reply, err))
        return err_add(err, "looking for the server on '%s'", endpoint->host->name);
    postgresql_host_read_place(reply.out, arena, out);
    if (!out->data_directory[0])
        return err_set(err, ERR_REMOTE,
                       "no PostgreSQL server or configuration for port %u is on '%s'",
                       endpoint->port, endpoint->host->name);
    out->fence = postgresql_name_fence(name, arena, out->data_directory);
    out->marker = postgresql_name_marker(name, arena, out->data_directory);
    return 0;
}

int postgresql_host_look(struct world *world, const struct spec_host *host,
                         const struct postgresql_name *name, const struct postgresql_place *place,
                         struct arena *arena, struct postgresql_host *out, struct err *err)
{
    const char *argv[] = {
        place->data_directory, place->fence,       place->marker,     name->passfile,
        name->copy_dir,        name->role,         name->begin,       name->end,
        place->hba_file,       place->config_file, place->ident_file, NULL,
    };
    struct remote_cmd cmd = {.argv = argv, .script = postgresql_host_script("look.sh")};
    struct remote_reply reply;
    if (remote_probe_ok(world, host, &cmd, arena, &reply, err))
        return err_add(err, "looking at the server on '%s'", host->name);
    postgresql_host_read(reply.out, arena, out);
    return 0;
}

enum engine_server postgresql_host_server(const struct postgresql_host *host)
{
    if (!host->running)
        return ENGINE_DOWN;
    if (!str_equal(host->status, "ready"))
        return ENGINE_STARTING;
    return host->standby_signal ? ENGINE_STANDBY : ENGINE_PRIMARY;
}

enum engine_copy postgresql_host_copy(const struct postgresql_host *host)
{
    if (host->copy_job)
        return ENGINE_COPY_RUNNING;
    if (str_starts(host->marker, "done"))
        return ENGINE_COPY_DONE;
    if (host->marker[0])
        return ENGINE_COPY_BROKEN;
    return host->data == POSTGRESQL_DATA_THERE ? ENGINE_COPY_FOREIGN : ENGINE_COPY_NONE;
}

bool postgresql_host_promoted(const struct postgresql_host *host)
{
    return host->control && !host->backup_label && !host->standby_signal;
}

const char *postgresql_host_copy_error(const struct postgresql_host *host, struct arena *arena)
{
    if (postgresql_host_copy(host) != ENGINE_COPY_BROKEN)
        return "";
    if (host->copy_log[0])
        return arena_strdup(arena, host->copy_log);
    if (host->copy_status[0])
        return arena_printf(arena, "the copy ended with status %s and said nothing",
                            host->copy_status);
    return "the copy's job is gone: its host was restarted, or the job was killed";
}
