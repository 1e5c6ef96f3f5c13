/*
 * Access to both sides; see postgresql_grant.h.
 */
#include "steps/port/engine/postgresql_grant.h"

#include <stdio.h>
#include <string.h>

#include "steps/port/engine/postgresql_config.h"
#include "steps/port/engine/postgresql_hba.h"
#include "steps/port/engine/postgresql_role.h"
#include "steps/wire/remote.h"

enum { LOGIN_TRIES = 50, LOGIN_PAUSE_MS = 100, CA_MAX = 1 << 16, KEEP_MB = 1024 };

static const char *lines_of(const struct postgresql_hba_lines *lines, struct arena *arena)
{
    CLEANUP(str_free) struct str text = STR_INIT;
    postgresql_hba_lines(lines, &text);
    return arena_strdup(arena, str_text(&text));
}

const char *postgresql_grant_source_lines(const struct postgresql *self, struct arena *arena)
{
    const struct postgresql_hba_lines lines = {
        .role = self->name.role,
        .own_address = self->source.endpoint->address,
        .proxy = self->service->traffic.address,
        .standby = self->target.endpoint->address,
        .fence_file = self->source.place.fence,
    };
    return lines_of(&lines, arena);
}

const char *postgresql_grant_target_lines(const struct postgresql *self, struct arena *arena)
{
    const bool windowed = postgresql_self_windowed(self);
    const struct postgresql_hba_lines lines = {
        .role = self->name.role,
        .own_address = self->target.endpoint->address,
        .proxy = self->service->traffic.address,
        /* In a rollback window the old source follows it, and the rollback closes it. */
        .standby = windowed ? self->source.endpoint->address : NULL,
        .standby_asks = windowed,
        .fence_file = windowed ? self->target.place.fence : NULL,
    };
    return lines_of(&lines, arena);
}

int postgresql_grant_fence_put(struct postgresql *self, const struct postgresql_side *side,
                               const char *word, struct arena *arena, struct err *err)
{
    const char *line = arena_printf(arena, "%s\n", word);
    return remote_put(self->world, side->endpoint->host, side->place.fence, 0600,
                      postgresql_self_owner(side, arena), line, strlen(line), err);
}

int postgresql_grant_fence(struct postgresql *self, struct postgresql_side *side, const char *word,
                           struct arena *arena, struct err *err)
{
    if (postgresql_grant_fence_put(self, side, word, arena, err) ||
        postgresql_self_reload(self, side, arena, err))
        return err_add(err, "writing '%s' into the fence of '%s'", word,
                       side->endpoint->host->name);
    return 0;
}

/* A reload takes a moment; that our role gets in proves lines, password and role at once. */
static int login_wait(struct postgresql *self, struct postgresql_side *side, struct err *err)
{
    for (int i = 0; i < LOGIN_TRIES; i++) {
        err_clear(err);
        if (i > 0)
            clock_sleep_ms(&self->clock, LOGIN_PAUSE_MS);
        if (postgresql_self_session(self, side, POSTGRESQL_OURS, err) == 0)
            return 0;
        if (err->code != ERR_AUTH)
            break;
    }
    return err_add(err, "logging in as '%s' on '%s'", self->name.role, side->endpoint->host->name);
}

/* After the cut a rewind of the source needs its log from the last checkpoint before it. A slot
 * would hold it as well, but without a bound while an attempt waits for a person. */
static int grant_keep(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->source;
    const char *text = NULL;
    int64_t has_mb = 0;
    if (!postgresql_self_windowed(self))
        return 0;
    if (pg_probe_value(side->pg, "SELECT setting FROM pg_settings WHERE name = 'wal_keep_size'",
                       arena, &text, err))
        return -1;
    if (text && str_to_i64(text, &has_mb) == 0 && has_mb > KEEP_MB)
        return 0;
    if (postgresql_config_auto(self, side, arena_printf(arena, "wal_keep_size = %d\n", KEEP_MB),
                               arena, err))
        return -1;
    return postgresql_self_reload(self, side, arena, err);
}

/* A fence that somebody closed is not opened here: that is for the guard and for revoke. */
static int grant_lines(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->source, arena, &host, err))
        return -1;
    bool known = str_equal(host.fence, self->name.open_word) ||
                 str_equal(host.fence, POSTGRESQL_CLOSED_WORD);
    if (!known && postgresql_grant_fence_put(self, &self->source, self->name.open_word, arena, err))
        return -1;
    return postgresql_config_hba(self, &self->source, postgresql_grant_source_lines(self, arena),
                                 arena, err);
}

/* A slot that stands there before our role does is somebody else's: nothing is made beside it. */
static int refuse_foreign(struct postgresql *self, struct arena *arena, struct err *err)
{
    const char *state = NULL;
    if (postgresql_role_slot_state(self, &self->source, arena, &state, err))
        return -1;
    return str_equal(state, "foreign")
               ? err_set(err, ERR_FOREIGN, "the slot '%s' on '%s' is not of this migration",
                         self->name.role, self->source.endpoint->host->name)
               : 0;
}

static int grant_source(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->source;
    if (postgresql_self_session(self, side, POSTGRESQL_ADMIN, err))
        return err_add(err, "logging in to the source on '%s'", side->endpoint->host->name);
    if (refuse_foreign(self, arena, err) || postgresql_role_passfile(self, side, arena, err) ||
        postgresql_role_make(self, side, arena, err) || grant_keep(self, arena, err) ||
        grant_lines(self, arena, err) || postgresql_role_slot_make(self, side, arena, err))
        return -1;
    return login_wait(self, side, err);
}

static int ca_text(const char *path, struct arena *arena, const char **out, struct err *err)
{
    char *text = arena_alloc(arena, CA_MAX);
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set_errno(err, ERR_SPEC, "'%s' cannot be read", path);
    size_t len = fread(text, 1, CA_MAX - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    *out = text;
    return 0;
}

int postgresql_grant_ca(struct postgresql *self, const struct postgresql_side *proved,
                        const struct spec_host *host, const char *path, struct arena *arena,
                        struct err *err)
{
    const char *text = NULL;
    const char *from = proved->endpoint->ca_file;
    if (!from)
        return 0;
    if (ca_text(from, arena, &text, err))
        return -1;
    return remote_put(self->world, host, path, 0644, NULL, text, strlen(text), err);
}

/* The lines go in before the copy when the configuration is outside the data directory, and again
 * by follow_start when it is not. */
static int grant_target(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->target;
    const struct spec_host *host = side->endpoint->host;
    if (postgresql_role_passfile(self, side, arena, err) ||
        postgresql_grant_ca(self, &self->source, host, self->name.ca_file, arena, err))
        return -1;
    return postgresql_config_hba(self, side, postgresql_grant_target_lines(self, arena), arena,
                                 err);
}

int postgresql_grant(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct secret *password = NULL;
    if (postgresql_self_place(self, &self->source, err) ||
        postgresql_self_place(self, &self->target, err) ||
        postgresql_role_password(self, &password, err) || grant_source(self, arena, err) ||
        grant_target(self, arena, err))
        return err_add(err, "granting access for '%s'", self->service->name);
    return 0;
}

int postgresql_grant_slot_drop(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (postgresql_self_enter(self, &self->source, err))
        return -1;
    return postgresql_role_slot_drop(self, &self->source, arena, err);
}

int postgresql_grant_kit_secret(struct engine *engine, const struct spec_host *host,
                                const char *path, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct secret *password = NULL;
    const char *prefix = arena_printf(arena, "*:*:*:%s:", self->name.role);
    const char *slash = strrchr(path, '/');
    const char *dir = arena_strndup(arena, path, slash ? (size_t)(slash - path) : 0);
    const char *argv[] = {"install", "-d", "-m", "0700", dir, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (postgresql_self_password(self, &password, err))
        return -1;
    if (!password)
        return err_set(err, ERR_AUTH, "the password of '%s' is on none of the hosts any more",
                       self->name.role);
    if (remote_change_ok(self->world, host, &cmd, arena, &reply, err))
        return err_add(err, "making '%s' on '%s'", dir, host->name);
    return remote_put_secret(self->world, host, path, NULL, prefix, password, "\n", err);
}

/* A fence that an attempt left closed is opened while our lines still stand, by a signal: the admin
 * cannot get in before. */
static int open_up(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->source, arena, &host, err))
        return -1;
    if (!host.running)
        return err_set(err, ERR_UNREACHABLE, "the source's server on '%s' is down",
                       self->source.endpoint->host->name);
    if (!host.hba[0] || !str_equal(host.fence, POSTGRESQL_CLOSED_WORD))
        return 0;
    return postgresql_grant_fence(self, &self->source, self->name.open_word, arena, err);
}

static int admin_wait(struct postgresql *self, struct err *err)
{
    for (int i = 0; i < LOGIN_TRIES; i++) {
        err_clear(err);
        if (i > 0)
            clock_sleep_ms(&self->clock, LOGIN_PAUSE_MS);
        if (postgresql_self_session(self, &self->source, POSTGRESQL_ADMIN, err) == 0 ||
            err->code != ERR_AUTH)
            break;
    }
    return err->code == ERR_NONE ? 0 : -1;
}

/* What a rollback window left in the old source's directory, and on its host. */
static int leavings_remove(struct postgresql *self, struct arena *arena, struct err *err)
{
    const struct postgresql_place *place = &self->source.place;
    const char *const paths[] = {place->marker,
                                 postgresql_name_own(&self->name, arena, place->data_directory),
                                 arena_printf(arena, "%s/backup_label.old", place->data_directory),
                                 arena_printf(arena, "%s/promote", place->data_directory),
                                 self->name.copy_dir,
                                 self->name.back_ca,
                                 NULL};
    if (!postgresql_self_windowed(self))
        return 0;
    return postgresql_role_files_remove(self, self->source.endpoint->host, paths, arena, err);
}

int postgresql_grant_revoke(struct engine *engine, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    struct postgresql_side *side = &self->source;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (postgresql_self_place(self, side, err))
        return -1;
    const char *const files[] = {side->place.fence, self->name.passfile, NULL};
    postgresql_self_leave(side);
    if (open_up(self, arena, err) || admin_wait(self, err) ||
        postgresql_role_slot_drop(self, side, arena, err) ||
        postgresql_config_auto(self, side, NULL, arena, err) ||
        postgresql_config_hba(self, side, NULL, arena, err) ||
        postgresql_role_drop(self, side, arena, err) || leavings_remove(self, arena, err) ||
        postgresql_role_files_remove(self, side->endpoint->host, files, arena, err))
        return err_add(err, "taking our access to the source of '%s' back", self->service->name);
    return 0;
}
