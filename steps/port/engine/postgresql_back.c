/*
 * The old source in a rollback window; see postgresql_back.h and postgresql/rewind_job.sh.
 */
#include "steps/port/engine/postgresql_back.h"

#include <inttypes.h>
#include <string.h>

#include "steps/port/engine/postgresql_config.h"
#include "steps/port/engine/postgresql_follow.h"
#include "steps/port/engine/postgresql_grant.h"
#include "steps/port/engine/postgresql_role.h"
#include "steps/port/engine/postgresql_settings.h"
#include "steps/wire/remote.h"

enum { CHECKPOINT_MS = 15 * 60 * 1000 };

enum engine_copy postgresql_back_rewound(const struct postgresql_host *source)
{
    if (source->marker[0] == '\0')
        return ENGINE_COPY_NONE;
    return postgresql_host_copy(source);
}

/* How the old source reaches the target. */
static const char *back_link(const struct postgresql *self, const char *database,
                             struct arena *arena)
{
    const struct postgresql_link link = {
        .address = self->target.endpoint->address,
        .port = self->target.endpoint->port,
        .user = self->name.role,
        .database = database,
        .passfile = self->name.passfile,
        .ca_file = self->target.endpoint->ca_file ? self->name.back_ca : NULL,
        .application = self->name.role,
    };
    return postgresql_settings_link(&link, arena);
}

/* The password is on the target and on the proxy host; a restart of the source took it there. */
static int passfile_put(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct secret *password = NULL;
    if (postgresql_self_password(self, &password, err))
        return -1;
    if (!password)
        return err_set(err, ERR_AUTH, "the password of '%s' is on none of the hosts any more",
                       self->name.role);
    return postgresql_role_passfile(self, &self->source, arena, err);
}

int postgresql_back_grant(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (postgresql_self_place(self, &self->source, err) ||
        postgresql_self_place(self, &self->target, err) || passfile_put(self, arena, err) ||
        postgresql_grant_ca(self, &self->target, self->source.endpoint->host, self->name.back_ca,
                            arena, err) ||
        postgresql_self_session(self, &self->target, POSTGRESQL_OURS, err) ||
        postgresql_role_slot_make(self, &self->target, arena, err))
        return err_add(err, "granting the old source of '%s' access to the target",
                       self->service->name);
    return 0;
}

static int job_put(struct postgresql *self, const char *path, struct arena *arena, struct err *err)
{
    static const char word[] = "rewinding\n";
    const struct spec_host *host = self->source.endpoint->host;
    const char *argv[] = {"install", "-d", "-m", "0700", self->name.copy_dir, NULL};
    const char *text = postgresql_host_script("rewind_job.sh");
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_put(self->world, host, self->source.place.marker, 0600, NULL, word, sizeof word - 1,
                   err) ||
        remote_change_ok(self->world, host, &cmd, arena, &reply, err))
        return -1;
    return remote_put(self->world, host, path, 0600, NULL, text, strlen(text), err);
}

static int job_start(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct postgresql_place *place = &self->source.place;
    const char *job = arena_printf(arena, "%s/job.sh", self->name.copy_dir);
    const char *argv[] = {job,
                          self->name.copy_dir,
                          place->bindir,
                          place->data_directory,
                          place->owner,
                          place->marker,
                          postgresql_name_own(&self->name, arena, place->data_directory),
                          back_link(self, self->target.endpoint->admin_database, arena),
                          NULL};
    if (job_put(self, job, arena, err))
        return -1;
    return postgresql_self_run(self, self->source.endpoint->host, "copy_start.sh", argv, 0, arena,
                               NULL, err);
}

int postgresql_back_own(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct postgresql_place *place = &self->source.place;
    const char *argv[] = {self->name.copy_dir,
                          place->bindir,
                          place->data_directory,
                          place->owner,
                          place->marker,
                          postgresql_name_own(&self->name, arena, place->data_directory),
                          "",
                          NULL};
    if (postgresql_self_run(self, self->source.endpoint->host, "rewind_job.sh", argv, 0, arena,
                            NULL, err))
        return err_add(err, "putting the old source's own files back");
    return 0;
}

/* The target's control file names its new timeline only from its next checkpoint on, and until then
 * a rewind would find nothing to do. */
static int checkpoint(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct pg_rows rows;
    if (postgresql_self_session(self, &self->target, POSTGRESQL_OURS, err))
        return -1;
    return pg_change(self->target.pg, "CHECKPOINT", NULL, 0, CHECKPOINT_MS, arena, &rows, err);
}

/* A rewind begins with a server that was stopped properly. One that died must recover first; it is
 * closed, and nobody but us gets in. */
static int stop_clean(struct postgresql *self, const struct postgresql_host *host,
                      struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->source;
    bool died = strstr(host->copy_log, "must be shut down cleanly") != NULL;
    if (!host->running && died && postgresql_follow_server_start(self, side, arena, err))
        return -1;
    return postgresql_follow_stop(self, side, arena, err);
}

/* A source that clients can write to is not ours to stop: somebody opened it after the cut. */
static int closed(struct postgresql *self, const struct postgresql_host *host, struct err *err)
{
    if (host->hba[0] && str_equal(host->fence, POSTGRESQL_CLOSED_WORD))
        return 0;
    /* A rewind that was interrupted may have the fence among what it keeps aside. */
    if (!host->running && host->marker[0])
        return 0;
    return err_set(err, ERR_REFUSED,
                   "the old source on '%s' is open for writes: what was written there since the "
                   "cutover would be lost",
                   self->source.endpoint->host->name);
}

int postgresql_back_rewind(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host source, target;
    if (postgresql_self_look(self, &self->source, arena, &source, err) ||
        postgresql_self_look(self, &self->target, arena, &target, err))
        return -1;
    enum engine_copy rewound = postgresql_back_rewound(&source);
    if (rewound == ENGINE_COPY_RUNNING || rewound == ENGINE_COPY_DONE)
        return 0;
    if (postgresql_host_server(&target) != ENGINE_PRIMARY)
        return err_set(err, ERR_REFUSED, "the server on '%s' is no primary: nothing is rewound",
                       self->target.endpoint->host->name);
    if (closed(self, &source, err) || checkpoint(self, arena, err) ||
        stop_clean(self, &source, arena, err) || job_start(self, arena, err))
        return err_add(err, "rewinding the old source of '%s'", self->service->name);
    return 0;
}

int postgresql_back_follow(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->source, arena, &host, err) ||
        postgresql_self_place(self, &self->target, err))
        return -1;
    if (postgresql_back_rewound(&host) != ENGINE_COPY_DONE)
        return err_set(err, ERR_REFUSED, "the old source on '%s' is not rewound",
                       self->source.endpoint->host->name);
    if (host.running && !host.standby_signal)
        return err_set(err, ERR_REFUSED, "the old source on '%s' is a primary: it follows nobody",
                       self->source.endpoint->host->name);
    const struct postgresql_following pair = {
        .primary = &self->target,
        .standby = &self->source,
        .link = back_link(self, NULL, arena),
        .lines = postgresql_grant_source_lines(self, arena),
        .fence = POSTGRESQL_CLOSED_WORD,
        .more = "",
    };
    if (host.running && postgresql_grant_fence(self, &self->source, pair.fence, arena, err))
        return -1;
    return postgresql_follow_make(self, &pair, host.running, arena, err);
}

int postgresql_back_kick(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    return postgresql_follow_kick_side(self, &self->source, err);
}

/* The old source streams on without its slot, so that the end of our role still reaches it. */
static int let_slot_go(struct postgresql *self, const struct postgresql_host *source,
                       struct arena *arena, struct err *err)
{
    const char *lines = arena_printf(arena, "primary_conninfo = '%s'\nprimary_slot_name = ''\n",
                                     back_link(self, NULL, arena));
    bool follows = source->running && source->standby_signal;
    if (follows && (postgresql_config_auto(self, &self->source, lines, arena, err) ||
                    postgresql_self_reload(self, &self->source, arena, err)))
        return -1;
    if (postgresql_self_session(self, &self->target, POSTGRESQL_OURS, err))
        return -1;
    return postgresql_role_slot_drop(self, &self->target, arena, err);
}

int postgresql_back_stop(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host source;
    if (postgresql_self_look(self, &self->source, arena, &source, err) ||
        let_slot_go(self, &source, arena, err))
        return err_add(err, "ending the rollback window of '%s'", self->service->name);
    return 0;
}

int postgresql_back_taken(struct postgresql *self, const struct postgresql_host *target,
                          struct arena *arena, bool *out, struct err *err)
{
    struct postgresql_host source;
    *out = false;
    if (!postgresql_self_windowed(self) || !str_equal(target->fence, POSTGRESQL_CLOSED_WORD) ||
        target->history[0] == '\0')
        return 0;
    if (postgresql_self_look(self, &self->source, arena, &source, err))
        return -1;
    *out = source.running && !source.standby_signal && strcmp(source.history, target->history) > 0;
    return 0;
}
