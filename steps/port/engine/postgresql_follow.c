/*
 * The standby; see postgresql_follow.h.
 */
#include "steps/port/engine/postgresql_follow.h"

#include <inttypes.h>
#include <string.h>

#include "steps/port/engine/postgresql_config.h"
#include "steps/port/engine/postgresql_copy.h"
#include "steps/port/engine/postgresql_grant.h"
#include "steps/port/engine/postgresql_settings.h"
#include "steps/wire/remote.h"

enum {
    START_MS = 120 * 1000,  /* for the start command itself */
    ACCEPT_MS = 300 * 1000, /* until the standby is consistent and lets us in */
    STOP_MS = 180 * 1000,
    PAUSE_MS = 200,
    FLOORS = 8,
};

/* The primary says what it has; the standby's programs say what its own configuration will come to.
 */
static int floor_values(struct postgresql *self, const struct postgresql_following *pair,
                        const char *setting, struct arena *arena, struct postgresql_floor *out,
                        struct err *err)
{
    const struct postgresql_place *place = &pair->standby->place;
    struct pg_rows rows;
    struct remote_reply reply;
    const char *params[] = {setting};
    const char *argv[] = {place->bindir, place->config_file, setting, NULL};
    struct remote_cmd cmd = {.argv = argv, .script = postgresql_host_script("setting.sh")};
    *out = (struct postgresql_floor){.setting = setting};
    if (postgresql_self_ask(self, pair->primary, "SELECT current_setting($1)", params, 1, arena,
                            &rows, err) ||
        remote_probe_ok(self->world, pair->standby->endpoint->host, &cmd, arena, &reply, err))
        return -1;
    if (rows.rows != 1 || str_to_i64(rows.cell[0], &out->source) ||
        str_to_i64(str_trim(arena_strdup(arena, reply.out)), &out->target))
        return err_set(err, ERR_REMOTE, "'%s' is no number on one of the sides", setting);
    return 0;
}

static int settings_put(struct postgresql *self, const struct postgresql_following *pair,
                        struct arena *arena, struct err *err)
{
    struct postgresql_floor floors[FLOORS];
    size_t len = 0;
    CLEANUP(str_free) struct str lines = STR_INIT;
    for (; len < FLOORS && postgresql_settings_floors[len]; len++)
        if (floor_values(self, pair, postgresql_settings_floors[len], arena, &floors[len], err))
            return -1;
    postgresql_settings_follow(pair->link, self->name.role, floors, len, &lines);
    str_add(&lines, pair->more);
    return postgresql_config_auto(self, pair->standby, str_text(&lines), arena, err);
}

/* standby.signal makes it a standby; its fence says what its lines in pg_hba.conf want of it. */
static int files_put(struct postgresql *self, const struct postgresql_following *pair,
                     struct arena *arena, struct err *err)
{
    const struct postgresql_side *side = pair->standby;
    const struct spec_host *host = side->endpoint->host;
    const char *signal = arena_printf(arena, "%s/standby.signal", side->place.data_directory);
    const char *argv[] = {"rm", "-f", "--", side->place.fence, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_put(self->world, host, signal, 0600, postgresql_self_owner(side, arena), "", 0, err))
        return -1;
    if (pair->fence)
        return postgresql_grant_fence_put(self, side, pair->fence, arena, err);
    return remote_change_ok(self->world, host, &cmd, arena, &reply, err);
}

static int command_run(struct postgresql *self, struct postgresql_side *side,
                       const char *const *command, const char *fallback, int64_t timeout_ms,
                       struct arena *arena, struct err *err)
{
    const struct postgresql_place *place = &side->place;
    const char *argv[32] = {place->bindir, place->data_directory, place->owner, place->config_file,
                            fallback};
    size_t len = 5;
    for (size_t i = 0; command && command[i] && len + 1 < ARRAY_LEN(argv); i++)
        argv[len++] = command[i];
    argv[len] = NULL;
    return postgresql_self_run(self, side->endpoint->host, "server.sh", argv, timeout_ms, arena,
                               NULL, err);
}

static int server_said(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                       const char **out, struct err *err)
{
    const char *argv[] = {side->place.data_directory, NULL};
    struct remote_cmd cmd = {.argv = argv, .script = postgresql_host_script("server_log.sh")};
    struct remote_reply reply;
    if (remote_probe_ok(self->world, side->endpoint->host, &cmd, arena, &reply, err))
        return -1;
    *out = str_trim(arena_strdup(arena, reply.out));
    return 0;
}

static int refused(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                   struct err *err)
{
    const char *said = "";
    struct err ignored = ERR_INIT;
    if (server_said(self, side, arena, &said, &ignored))
        said = "";
    return err_set(err, ERR_REMOTE, "the standby on '%s' does not run: %s",
                   side->endpoint->host->name, said[0] ? said : "its log says nothing");
}

/* A standby lets nobody in until what it has read is consistent. One that dies meanwhile is told at
 * once. */
static int accept_wait(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                       struct err *err)
{
    int64_t until = clock_mono_us(&self->clock) + (int64_t)ACCEPT_MS * 1000;
    for (;;) {
        struct postgresql_host host;
        err_clear(err);
        if (postgresql_self_look(self, side, arena, &host, err))
            return -1;
        if (!host.running)
            return refused(self, side, arena, err);
        if (str_equal(host.status, "ready") &&
            postgresql_self_session(self, side, POSTGRESQL_OURS, err) == 0)
            return 0;
        if (err->code != ERR_NONE && err->code != ERR_UNREACHABLE)
            return -1;
        if (clock_mono_us(&self->clock) > until)
            return err_set(err, ERR_TIMEOUT, "the standby on '%s' accepts nobody after %d s",
                           side->endpoint->host->name, ACCEPT_MS / 1000);
        clock_sleep_ms(&self->clock, PAUSE_MS);
    }
}

static int start(struct postgresql *self, const struct postgresql_following *pair, bool running,
                 struct arena *arena, struct err *err)
{
    struct postgresql_side *side = pair->standby;
    if (!running)
        postgresql_self_leave(side);
    if (settings_put(self, pair, arena, err) ||
        postgresql_config_hba(self, side, pair->lines, arena, err))
        return -1;
    if (running)
        return postgresql_self_reload(self, side, arena, err);
    if (files_put(self, pair, arena, err))
        return -1;
    if (postgresql_follow_server_start(self, side, arena, err) == 0)
        return 0;
    /* A command that ran and failed says less than the log of the server that it started. */
    return err->code == ERR_REMOTE ? refused(self, side, arena, err) : -1;
}

int postgresql_follow_make(struct postgresql *self, const struct postgresql_following *pair,
                           bool running, struct arena *arena, struct err *err)
{
    if (start(self, pair, running, arena, err) || accept_wait(self, pair->standby, arena, err))
        return err_add(err, "making '%s' follow", pair->standby->endpoint->host->name);
    return 0;
}

int postgresql_follow_start(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->target, arena, &host, err))
        return -1;
    if (postgresql_host_copy(&host) != ENGINE_COPY_DONE)
        return err_set(err, ERR_REFUSED, "there is no whole copy of '%s' on '%s'",
                       self->service->name, self->target.endpoint->host->name);
    if (postgresql_host_promoted(&host))
        return err_set(err, ERR_REFUSED, "the server on '%s' was promoted: it follows nobody",
                       self->target.endpoint->host->name);
    bool windowed = postgresql_self_windowed(self);
    const struct postgresql_following pair = {
        .primary = &self->source,
        .standby = &self->target,
        .link = postgresql_copy_link(self, arena),
        .lines = postgresql_grant_target_lines(self, arena),
        .fence = windowed ? self->name.open_word : NULL,
        /* What it holds back for the old source later must not fill its disk. */
        .more = windowed ? arena_printf(arena, "max_slot_wal_keep_size = '%" PRId64 "MB'\n",
                                        self->service->limits.max_held_wal_bytes >> 20)
                         : "",
    };
    return postgresql_follow_make(self, &pair, host.running, arena, err);
}

int postgresql_follow_server_start(struct postgresql *self, struct postgresql_side *side,
                                   struct arena *arena, struct err *err)
{
    return command_run(self, side, side->endpoint->start_command, "start", START_MS, arena, err);
}

int postgresql_follow_stop(struct postgresql *self, struct postgresql_side *side,
                           struct arena *arena, struct err *err)
{
    postgresql_self_leave(side);
    if (command_run(self, side, side->endpoint->stop_command, "stop", STOP_MS, arena, err))
        return err_add(err, "stopping the server on '%s'", side->endpoint->host->name);
    return 0;
}

/* The receiver is no backend that SQL could end. It is a child of the server, which starts another
 * at once. */
int postgresql_follow_kick_side(struct postgresql *self, struct postgresql_side *side,
                                struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (postgresql_self_place(self, side, err))
        return -1;
    const char *argv[] = {side->place.data_directory, NULL};
    if (postgresql_self_run(self, side->endpoint->host, "kick.sh", argv, 0, arena, NULL, err))
        return err_add(err, "making '%s' connect anew", side->endpoint->host->name);
    return 0;
}

int postgresql_follow_kick(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    return postgresql_follow_kick_side(self, &self->target, err);
}

int postgresql_follow_canary(struct engine *engine, int64_t n, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *number = arena_printf(arena, "%" PRId64, n);
    const char *sql =
        arena_printf(arena, "INSERT INTO %s.canary (n) VALUES ($1::bigint) ON CONFLICT DO NOTHING",
                     self->name.role);
    if (postgresql_self_enter(self, &self->source, err) ||
        postgresql_self_tell(&self->source, sql, &number, 1, arena, err))
        return err_add(err, "writing canary %" PRId64, n);
    return 0;
}
