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

/* The source says what it has; the target's programs say what its own configuration will come to.
 */
static int floor_values(struct postgresql *self, const char *setting, struct arena *arena,
                        struct postgresql_floor *out, struct err *err)
{
    const struct postgresql_place *place = &self->target.place;
    struct pg_rows rows;
    struct remote_reply reply;
    const char *params[] = {setting};
    const char *argv[] = {place->bindir, place->config_file, setting, NULL};
    struct remote_cmd cmd = {.argv = argv, .script = postgresql_host_script("setting.sh")};
    *out = (struct postgresql_floor){.setting = setting};
    if (postgresql_self_ask(self, &self->source, "SELECT current_setting($1)", params, 1, arena,
                            &rows, err) ||
        remote_probe_ok(self->world, self->target.endpoint->host, &cmd, arena, &reply, err))
        return -1;
    if (rows.rows != 1 || str_to_i64(rows.cell[0], &out->source) ||
        str_to_i64(str_trim(arena_strdup(arena, reply.out)), &out->target))
        return err_set(err, ERR_REMOTE, "'%s' is no number on one of the sides", setting);
    return 0;
}

static int settings_put(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_floor floors[FLOORS];
    size_t len = 0;
    CLEANUP(str_free) struct str lines = STR_INIT;
    for (; len < FLOORS && postgresql_settings_floors[len]; len++)
        if (floor_values(self, postgresql_settings_floors[len], arena, &floors[len], err))
            return -1;
    postgresql_settings_follow(postgresql_copy_link(self, arena), self->name.role, floors, len,
                               &lines);
    return postgresql_config_auto(self, &self->target, str_text(&lines), arena, err);
}

/* standby.signal makes it a standby; the fence file came along with the copy and means nothing
 * here. */
static int files_put(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct postgresql_side *side = &self->target;
    const struct spec_host *host = side->endpoint->host;
    const char *signal = arena_printf(arena, "%s/standby.signal", side->place.data_directory);
    const char *argv[] = {"rm", "-f", "--", side->place.fence, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_put(self->world, host, signal, 0600, postgresql_self_owner(side, arena), "", 0, err))
        return -1;
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

static int refused(struct postgresql *self, struct arena *arena, struct err *err)
{
    const char *said = "";
    struct err ignored = ERR_INIT;
    if (server_said(self, &self->target, arena, &said, &ignored))
        said = "";
    return err_set(err, ERR_REMOTE, "the standby on '%s' does not run: %s",
                   self->target.endpoint->host->name, said[0] ? said : "its log says nothing");
}

/* A standby lets nobody in until what it has read is consistent. One that dies meanwhile is told at
 * once. */
static int accept_wait(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->target;
    int64_t until = clock_mono_us(&self->clock) + (int64_t)ACCEPT_MS * 1000;
    for (;;) {
        struct postgresql_host host;
        err_clear(err);
        if (postgresql_self_look(self, side, arena, &host, err))
            return -1;
        if (!host.running)
            return refused(self, arena, err);
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

static int start(struct postgresql *self, const struct postgresql_host *host, struct arena *arena,
                 struct err *err)
{
    struct postgresql_side *side = &self->target;
    const char *lines = postgresql_grant_target_lines(self, arena);
    if (!host->running)
        postgresql_self_leave(side);
    if (settings_put(self, arena, err) || postgresql_config_hba(self, side, lines, arena, err))
        return -1;
    if (host->running)
        return postgresql_self_reload(self, side, arena, err);
    if (files_put(self, arena, err))
        return -1;
    if (command_run(self, side, side->endpoint->start_command, "start", START_MS, arena, err) == 0)
        return 0;
    /* A command that ran and failed says less than the log of the server that it started. */
    return err->code == ERR_REMOTE ? refused(self, arena, err) : -1;
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
    if (start(self, &host, arena, err) || accept_wait(self, arena, err))
        return err_add(err, "making '%s' follow", self->target.endpoint->host->name);
    return 0;
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
int postgresql_follow_kick(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (postgresql_self_place(self, &self->target, err))
        return -1;
    const char *argv[] = {self->target.place.data_directory, NULL};
    if (postgresql_self_run(self, self->target.endpoint->host, "kick.sh", argv, 0, arena, NULL,
                            err))
        return err_add(err, "making '%s' connect anew", self->target.endpoint->host->name);
    return 0;
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
