/*
 * The end of a migration on both sides; see postgresql_retire.h.
 */
#include "steps/port/engine/postgresql_retire.h"

#include "base/log.h"
#include "steps/port/engine/postgresql_back.h"
#include "steps/port/engine/postgresql_config.h"
#include "steps/port/engine/postgresql_copy.h"
#include "steps/port/engine/postgresql_follow.h"
#include "steps/port/engine/postgresql_role.h"
#include "steps/wire/remote.h"

static int files_remove(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                        struct err *err)
{
    const char *const paths[] = {
        side->place.fence,
        side->place.marker,
        postgresql_name_own(&self->name, arena, side->place.data_directory),
        self->name.copy_dir,
        self->name.passfile,
        self->name.ca_file,
        self->name.back_ca,
        NULL,
    };
    return postgresql_role_files_remove(self, side->endpoint->host, paths, arena, err);
}

/* What a copy and its promotion leave behind: the renamed label, and a second request for promotion
   that came too late to be read (two halves of the guard may ask). */
static int leavings_remove(struct postgresql *self, const struct postgresql_side *side,
                           struct arena *arena, struct err *err)
{
    const char *data = side->place.data_directory;
    const char *const paths[] = {arena_printf(arena, "%s/backup_label.old", data),
                                 arena_printf(arena, "%s/promote", data), NULL};
    return postgresql_role_files_remove(self, side->endpoint->host, paths, arena, err);
}

static int signal_put(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                      struct err *err)
{
    const char *path = arena_printf(arena, "%s/standby.signal", side->place.data_directory);
    return remote_put(self->world, side->endpoint->host, path, 0600,
                      postgresql_self_owner(side, arena), "", 0, err);
}

/* Role and slot go while the server still answers. When our role is gone already (an earlier run
   came that far) nobody gets in any more, and that is how it should be. */
static int source_forget(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->source;
    postgresql_self_leave(side);
    if (postgresql_self_session(self, side, POSTGRESQL_OURS, err)) {
        if (!postgresql_role_gone(err))
            return -1;
        err_clear(err);
        return 0;
    }
    if (postgresql_role_slot_drop(self, side, arena, err))
        return -1;
    return postgresql_role_drop(self, side, arena, err);
}

/* An old source that was kept in step cannot drop the role itself: the target does, and the link
   carries that over. One that does not stream any more keeps the role in its stopped data. */
static int standby_forget(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *target = &self->target;
    const char *streams = NULL;
    const char *sql = arena_printf(
        arena, "SELECT 1 FROM pg_stat_replication WHERE application_name = '%s' LIMIT 1",
        self->name.role);
    postgresql_self_leave(target);
    if (postgresql_self_session(self, target, POSTGRESQL_OURS, err)) {
        if (!postgresql_role_gone(err))
            return -1;
        err_clear(err);
        return 0;
    }
    if (pg_probe_value(target->pg, sql, arena, &streams, err))
        return -1;
    if (!streams) {
        log_warn("the old source of '%s' does not follow any more: our role stays in its stopped "
                 "data",
                 self->service->name);
        return 0;
    }
    int status = postgresql_role_drop_streaming(self, target, arena, err);
    postgresql_self_leave(target);
    return status;
}

/* A source that clients can write to is not ours to stop: somebody opened it after the cut. */
static int source_closed(struct postgresql *self, const struct postgresql_host *host,
                         struct err *err)
{
    if (!host->running || host->standby_signal)
        return 0;
    if (host->hba[0] && str_equal(host->fence, POSTGRESQL_CLOSED_WORD))
        return 0;
    return err_set(err, ERR_REFUSED,
                   "the old source on '%s' is open for writes: what was written "
                   "there since the cutover is not on the target",
                   self->source.endpoint->host->name);
}

int postgresql_retire_source(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    struct postgresql_side *side = &self->source;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host host;
    if (postgresql_self_look(self, side, arena, &host, err) || source_closed(self, &host, err))
        return -1;
    if (host.copy_job)
        return err_set(err, ERR_REMOTE, "the rewind of the old source on '%s' has not ended yet",
                       side->endpoint->host->name);
    bool follows = postgresql_back_rewound(&host) == ENGINE_COPY_DONE;
    if ((!host.standby_signal && signal_put(self, side, arena, err)) ||
        (host.running &&
         (follows ? standby_forget(self, arena, err) : source_forget(self, arena, err))) ||
        postgresql_follow_stop(self, side, arena, err) ||
        (host.marker[0] && postgresql_back_own(self, arena, err)) ||
        postgresql_config_auto(self, side, NULL, arena, err) ||
        postgresql_config_hba(self, side, NULL, arena, err) ||
        leavings_remove(self, side, arena, err) || files_remove(self, side, arena, err))
        return err_add(err, "retiring the old source on '%s'", side->endpoint->host->name);
    return 0;
}

static int target_forget(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->target;
    if (postgresql_self_enter(self, side, err) == 0)
        return postgresql_role_drop(self, side, arena, err);
    if (!postgresql_role_gone(err))
        return -1;
    err_clear(err);
    return 0;
}

/* The role goes before the lines that let us in as it: the other way round, a run that ends between
 * the two could not go on. */
static int release(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->target;
    if (target_forget(self, arena, err) || postgresql_config_auto(self, side, NULL, arena, err) ||
        postgresql_config_hba(self, side, NULL, arena, err) ||
        postgresql_self_reload(self, side, arena, err) || leavings_remove(self, side, arena, err))
        return -1;
    return files_remove(self, side, arena, err);
}

int postgresql_retire_release(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->target, arena, &host, err))
        return -1;
    bool inside = host.hba[0] || host.settings[0] || host.marker[0] || host.passfile;
    if (!inside)
        return files_remove(self, &self->target, arena, err);
    if (postgresql_host_server(&host) != ENGINE_PRIMARY)
        return err_set(err, ERR_REFUSED, "the server on '%s' is no primary: it is not released",
                       self->target.endpoint->host->name);
    if (release(self, arena, err))
        return err_add(err, "releasing the new primary on '%s'", self->target.endpoint->host->name);
    return 0;
}

int postgresql_retire_abandon(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    struct postgresql_side *side = &self->target;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host host;
    if (postgresql_self_look(self, side, arena, &host, err))
        return -1;
    bool taken = false;
    if (host.marker[0] && postgresql_host_promoted(&host) &&
        postgresql_back_taken(self, &host, arena, &taken, err))
        return -1;
    if (host.marker[0] && postgresql_host_promoted(&host) && !taken)
        return err_set(err, ERR_REFUSED,
                       "the server on '%s' was promoted: it may hold what clients wrote",
                       side->endpoint->host->name);
    bool ours = host.marker[0] != '\0';
    if ((ours && postgresql_follow_stop(self, side, arena, err)) ||
        (ours && postgresql_copy_remove(self, arena, err)))
        return err_add(err, "taking the copy on '%s' away", side->endpoint->host->name);
    postgresql_self_leave(side);
    if (postgresql_config_hba(self, side, NULL, arena, err) || files_remove(self, side, arena, err))
        return err_add(err, "taking our files on '%s' away", side->endpoint->host->name);
    return 0;
}
