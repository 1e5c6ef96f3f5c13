/*
 * The base backup; see postgresql_copy.h, postgresql/copy_start.sh and postgresql/copy_job.sh.
 *
 * The log that is written meanwhile streams along through the slot (-X stream): the source holds
 * little back however long the copy takes, and the copy is complete in itself.
 */
#include "steps/port/engine/postgresql_copy.h"

#include <string.h>

#include "steps/port/engine/postgresql_back.h"
#include "steps/port/engine/postgresql_pack.h"
#include "steps/port/engine/postgresql_settings.h"
#include "steps/wire/remote.h"

enum { CLEAR_MS = 10 * 60 * 1000 };

const char *postgresql_copy_link(const struct postgresql *self, struct arena *arena)
{
    const struct postgresql_link link = {
        .address = self->source.endpoint->address,
        .port = self->source.endpoint->port,
        .user = self->name.role,
        .passfile = self->name.passfile,
        .ca_file = self->source.endpoint->ca_file ? self->name.ca_file : NULL,
        .application = self->name.role,
    };
    return postgresql_settings_link(&link, arena);
}

static bool has_word(const char *text, const char *word)
{
    return strstr(text, word) != NULL;
}

/* What the server and the target's pg_basebackup were built with. */
static int pack_facts(struct postgresql *self, struct arena *arena,
                      struct postgresql_pack_facts *out, struct err *err)
{
    struct pg_rows rows;
    struct remote_reply source, target;
    const char *cores[] = {"nproc", NULL};
    const char *argv[] = {self->target.place.bindir, NULL};
    struct remote_cmd count = {.argv = cores};
    struct remote_cmd libraries = {.argv = argv, .script = postgresql_host_script("libraries.sh")};
    if (postgresql_self_ask(self, &self->source,
                            "SELECT setting FROM pg_config WHERE name = 'CONFIGURE'", NULL, 0,
                            arena, &rows, err) ||
        remote_probe_ok(self->world, self->source.endpoint->host, &count, arena, &source, err) ||
        remote_probe_ok(self->world, self->target.endpoint->host, &libraries, arena, &target, err))
        return -1;
    const char *built = rows.rows && rows.cell[0] ? rows.cell[0] : "";
    *out = (struct postgresql_pack_facts){
        .path_bytes_per_s = self->engine.path_bytes_per_s,
        .source_zstd = has_word(built, "--with-zstd"),
        .source_lz4 = has_word(built, "--with-lz4"),
        .target_zstd = has_word(target.out, "zstd"),
        .target_lz4 = has_word(target.out, "lz4"),
    };
    if (str_to_i64(str_trim(arena_strdup(arena, source.out)), &out->source_cores))
        out->source_cores = 0;
    return 0;
}

static int marker_put(struct postgresql *self, struct err *err)
{
    static const char word[] = "copying\n";
    return remote_put(self->world, self->target.endpoint->host, self->target.place.marker, 0600,
                      NULL, word, sizeof word - 1, err);
}

/* The job's script lies on the host, because the job must live when our connection does not. */
static int job_put(struct postgresql *self, const char *path, struct arena *arena, struct err *err)
{
    const struct spec_host *host = self->target.endpoint->host;
    const char *argv[] = {"install", "-d", "-m", "0700", self->name.copy_dir, NULL};
    const char *text = postgresql_host_script("copy_job.sh");
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_change_ok(self->world, host, &cmd, arena, &reply, err))
        return -1;
    return remote_put(self->world, host, path, 0600, NULL, text, strlen(text), err);
}

static int job_start(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct postgresql_place *place = &self->target.place;
    const char *job = arena_printf(arena, "%s/job.sh", self->name.copy_dir);
    struct postgresql_pack_facts facts;
    if (pack_facts(self, arena, &facts, err))
        return -1;
    const char *argv[] = {job,
                          self->name.copy_dir,
                          place->bindir,
                          place->data_directory,
                          place->owner,
                          place->marker,
                          self->name.role,
                          postgresql_pack_choose(&facts),
                          postgresql_copy_link(self, arena),
                          NULL};
    if (marker_put(self, err) || job_put(self, job, arena, err))
        return -1;
    return postgresql_self_run(self, self->target.endpoint->host, "copy_start.sh", argv, 0, arena,
                               NULL, err);
}

static int refuse(const struct postgresql *self, enum err_code code, const char *why,
                  struct err *err)
{
    return err_set(err, code, "'%s' on '%s' %s", self->target.place.data_directory,
                   self->target.endpoint->host->name, why);
}

int postgresql_copy_start(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->target, arena, &host, err))
        return -1;
    switch (postgresql_host_copy(&host)) {
    case ENGINE_COPY_RUNNING:
    case ENGINE_COPY_DONE:
        return 0;
    case ENGINE_COPY_FOREIGN:
        return refuse(self, ERR_FOREIGN, "holds data that is not ours", err);
    case ENGINE_COPY_BROKEN:
        return refuse(self, ERR_REFUSED, "holds a broken copy of ours: it must be cleared first",
                      err);
    case ENGINE_COPY_NONE:
        break;
    }
    if (host.data == POSTGRESQL_DATA_MISSING)
        return refuse(self, ERR_REFUSED, "does not exist", err);
    if (!self->target.place.config_file[0])
        return refuse(self, ERR_REFUSED, "has no server configuration that belongs to it", err);
    if (job_start(self, arena, err))
        return err_add(err, "starting the copy of '%s'", self->service->name);
    return 0;
}

int postgresql_copy_remove(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct postgresql_place *place = &self->target.place;
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->target, arena, &host, err))
        return -1;
    if (!host.marker[0])
        return host.data == POSTGRESQL_DATA_THERE
                   ? refuse(self, ERR_FOREIGN, "holds data that is not ours", err)
                   : 0;
    if (host.running)
        return refuse(self, ERR_REFUSED, "is in use by a server that runs", err);
    bool taken = false;
    if (postgresql_host_promoted(&host) && postgresql_back_taken(self, &host, arena, &taken, err))
        return -1;
    if (postgresql_host_promoted(&host) && !taken)
        return refuse(self, ERR_REFUSED, "was promoted: it may hold what clients wrote", err);
    const char *argv[] = {place->data_directory, place->marker, self->name.copy_dir, NULL};
    if (postgresql_self_run(self, self->target.endpoint->host, "copy_clear.sh", argv, CLEAR_MS,
                            arena, NULL, err))
        return err_add(err, "clearing our copy in '%s'", place->data_directory);
    return 0;
}

int postgresql_copy_clear(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    return postgresql_copy_remove(self, arena, err);
}
