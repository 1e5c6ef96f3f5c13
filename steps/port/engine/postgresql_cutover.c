/*
 * Before the pause; see postgresql_cutover.h. The guard aligns the log itself, at the last moment:
 * what is written here would be overtaken by the clients.
 */
#include "steps/port/engine/postgresql_cutover.h"

#include <string.h>

#include "steps/port/engine/postgresql_grant.h"
#include "steps/port/engine/postgresql_role.h"
#include "steps/port/engine/postgresql_settings.h"

enum { CHECKPOINT_MS = 15 * 60 * 1000 };

/* The promotion waits for no checkpoint, but a crash right after it would have to replay from the
   last one; and a fast shutdown of the source is only fast behind one. */
static int checkpoint(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                      struct err *err)
{
    struct pg_rows rows;
    if (postgresql_self_session(self, side, POSTGRESQL_OURS, err))
        return -1;
    if (pg_change(side->pg, "CHECKPOINT", NULL, 0, CHECKPOINT_MS, arena, &rows, err))
        return err_add(err, "checkpoint on '%s'", side->endpoint->host->name);
    return 0;
}

/* What would make the guard call the attempt off is said before the clients are held. */
static int obstacle(struct postgresql *self, struct postgresql_side *from, struct arena *arena,
                    struct err *err)
{
    struct pg_rows rows;
    const char *params[] = {self->name.role};
    if (postgresql_self_ask(self, from, postgresql_self_sql("obstacle.sql"), params, 1, arena,
                            &rows, err))
        return -1;
    if (rows.rows > 0)
        return err_set(err, ERR_REFUSED, "the cutover cannot begin: %s", rows.cell[0]);
    return 0;
}

/* The side that is about to be closed must be open now, by a fence of ours. */
static int lines_stand(struct postgresql *self, enum engine_way way, struct arena *arena,
                       struct err *err)
{
    struct postgresql_host source, target;
    if (postgresql_self_look(self, &self->source, arena, &source, err) ||
        postgresql_self_look(self, &self->target, arena, &target, err))
        return -1;
    const struct postgresql_host *from = way == ENGINE_FORTH ? &source : &target;
    bool open = str_equal(from->fence, self->name.open_word);
    if (!str_equal(source.hba, postgresql_grant_source_lines(self, arena)) ||
        (way == ENGINE_FORTH && !open))
        return err_set(err, ERR_REFUSED, "our lines in pg_hba.conf on '%s' are not as we made them",
                       self->source.endpoint->host->name);
    if (!str_equal(target.hba, postgresql_grant_target_lines(self, arena)) || !open)
        return err_set(err, ERR_REFUSED, "our lines in pg_hba.conf on '%s' are not as we made them",
                       self->target.endpoint->host->name);
    return 0;
}

/* Before the cutover the target begins to hold its log for the old source, from this checkpoint on:
   a rewind goes back to it. Each attempt begins anew, so that nothing is held longer than it must.
 */
static int slot_anew(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct postgresql_side *side = &self->target;
    if (postgresql_role_slot_drop(self, side, arena, err))
        return -1;
    return postgresql_role_slot_make(self, side, arena, err);
}

int postgresql_cutover_prepare(struct engine *engine, enum engine_way way, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (lines_stand(self, way, arena, err) ||
        obstacle(self, postgresql_self_from(self, way), arena, err) ||
        checkpoint(self, &self->source, arena, err) || checkpoint(self, &self->target, arena, err))
        return err_add(err, "preparing the cutover of '%s'", self->service->name);
    /* Clients come through the door of the side that they are taken to; it takes no write before
     * its promotion. */
    if (way == ENGINE_BACK)
        return postgresql_grant_fence(self, &self->source, self->name.open_word, arena, err);
    return postgresql_self_windowed(self) ? slot_anew(self, arena, err) : 0;
}

static const char *guard_link(const struct postgresql *self, const struct postgresql_side *side,
                              struct arena *arena)
{
    const struct postgresql_link link = {
        .address = side->endpoint->address,
        .port = side->endpoint->port,
        .user = self->name.role,
        .database = side->endpoint->admin_database,
        .passfile = self->name.passfile,
        .application = self->name.role,
    };
    return postgresql_settings_link(&link, arena);
}

/* A session like anybody's: the fence must refuse it, before a password is asked for. */
static const char *trial_link(const struct postgresql *self, const struct postgresql_side *from,
                              struct arena *arena)
{
    const struct spec_endpoint *source = from->endpoint;
    CLEANUP(str_free) struct str out = STR_INIT;
    postgresql_settings_keyword(&out, "host", source->address);
    postgresql_settings_keyword(&out, "port", arena_printf(arena, "%u", source->port));
    postgresql_settings_keyword(&out, "user", source->admin_user);
    postgresql_settings_keyword(&out, "dbname", source->admin_database);
    postgresql_settings_keyword(&out, "application_name", self->name.role);
    postgresql_settings_keyword(&out, "sslmode", "prefer");
    postgresql_settings_keyword(&out, "gssencmode", "disable");
    postgresql_settings_keyword(&out, "passfile", "/dev/null");
    postgresql_settings_keyword(&out, "connect_timeout", "2");
    return arena_strdup(arena, str_text(&out));
}

static const char *joined(const struct pg_rows *rows, struct arena *arena)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < rows->rows; i++)
        str_printf(&out, "%s%s", i ? " " : "", rows->cell[i * rows->cols]);
    return arena_strdup(arena, str_text(&out));
}

int postgresql_cutover_kit(struct engine *engine, enum engine_way way, struct arena *arena,
                           struct str *out, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    struct postgresql_side *from = postgresql_self_from(self, way);
    struct pg_rows databases;
    if (postgresql_self_place(self, from, err) ||
        postgresql_self_ask(self, from, postgresql_self_sql("databases.sql"), NULL, 0, arena,
                            &databases, err))
        return err_add(err, "collecting what the guard needs");
    str_printf(out, "engine=postgresql\nsource=%s\n", guard_link(self, from, arena));
    str_printf(out, "target=%s\n", guard_link(self, postgresql_self_to(self, way), arena));
    str_printf(out, "trial=%s\n", trial_link(self, from, arena));
    str_printf(out, "fence_file=%s\n", from->place.fence);
    str_printf(out, "fence_closed=%s\n", POSTGRESQL_CLOSED_WORD);
    str_printf(out, "fence_open=%s\n", self->name.open_word);
    str_printf(out, "databases=%s\n", joined(&databases, arena));
    return 0;
}
