/*
 * See; see postgresql_see.h. The target is asked before the source, so that what is reported as lag
 * is never too small.
 */
#include "steps/port/engine/postgresql_see.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/port/engine/postgresql_back.h"
#include "steps/port/engine/postgresql_grant.h"

enum { SIZE_EVERY_US = 60 * 1000 * 1000 };

enum engine_presence postgresql_see_presence(int there, int wanted)
{
    if (there == 0)
        return ENGINE_ABSENT;
    return there == wanted ? ENGINE_PRESENT : ENGINE_PARTIAL;
}

/* Cells of the one row that a query of ours answers, by column; a NULL reads as "". */
static const char *cell(const struct pg_rows *rows, size_t col)
{
    return rows->rows == 1 && col < rows->cols && rows->cell[col] ? rows->cell[col] : "";
}

static bool truth(const struct pg_rows *rows, size_t col)
{
    return cell(rows, col)[0] == 't';
}

static int64_t number(const struct pg_rows *rows, size_t col)
{
    int64_t value = 0;
    return str_to_i64(cell(rows, col), &value) ? 0 : value;
}

static uint64_t position(const struct pg_rows *rows, size_t col)
{
    return strtoull(cell(rows, col), NULL, 10);
}

/* A text cell against one word of the queries' small vocabularies. */
static bool word(const struct pg_rows *rows, size_t col, const char *wanted)
{
    return strcmp(cell(rows, col), wanted) == 0;
}

static void see_target_files(struct postgresql *self, const struct postgresql_host *host,
                             struct arena *arena, struct engine_seen *out)
{
    /* A data directory that brings its own pg_hba.conf has none before the copy. */
    bool hba = str_equal(host->hba, postgresql_grant_target_lines(self, arena));
    bool hba_wanted = host->hba_file;
    out->target.server = postgresql_host_server(host);
    out->target.fenced = host->hba[0] && str_equal(host->fence, POSTGRESQL_CLOSED_WORD);
    out->target.copy = postgresql_host_copy(host);
    out->target.copy_error = postgresql_host_copy_error(host, arena);
    out->target.access = host->passfile && (hba || !hba_wanted) ? ENGINE_PRESENT : ENGINE_PARTIAL;
    bool anything = host->passfile || host->directory || host->hba[0] || host->settings[0] ||
                    host->marker[0] || host->copy_job;
    if (!anything)
        out->target.access = ENGINE_ABSENT;
    if (out->target.copy == ENGINE_COPY_DONE && strlen(host->marker) > 5)
        out->target.copied_bytes = out->target.total_bytes = strtoll(host->marker + 5, NULL, 10);
}

static int see_canary(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                      struct err *err)
{
    struct pg_rows rows;
    const char *sql =
        arena_printf(arena, "SELECT coalesce(max(n), 0) FROM %s.canary", self->name.role);
    if (postgresql_self_ask(self, &self->target, sql, NULL, 0, arena, &rows, err))
        return -1;
    out->target.canary = number(&rows, 0);
    return 0;
}

/* A server that is starting, or that lets nobody in, is no error: its files have told enough. */
static int see_target_server(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                             int64_t *commit_us, struct err *err)
{
    enum { STANDBY, RECEIVED, APPLIED, COMMIT, STREAMING, CANARY };
    struct pg_rows rows;
    const char *params[] = {self->name.role};
    if (postgresql_self_ask(self, &self->target, postgresql_self_sql("target_see.sql"), params, 1,
                            arena, &rows, err)) {
        if (err->code == ERR_UNREACHABLE)
            out->target.server = ENGINE_STARTING;
        else if (err->code != ERR_AUTH)
            return -1;
        err_clear(err);
        return 0;
    }
    out->target.server = truth(&rows, STANDBY) ? ENGINE_STANDBY : ENGINE_PRIMARY;
    out->target.received = position(&rows, RECEIVED);
    out->target.applied = position(&rows, APPLIED);
    out->target.streaming = truth(&rows, STREAMING);
    *commit_us = number(&rows, COMMIT);
    return truth(&rows, CANARY) ? see_canary(self, arena, out, err) : 0;
}

static int see_target(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                      int64_t *commit_us, struct err *err)
{
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->target, arena, &host, err))
        return -1;
    see_target_files(self, &host, arena, out);
    /* Where nothing of ours is we would be let in by nobody, and only fill somebody's log with our
     * attempts. */
    if (!host.running || out->target.access == ENGINE_ABSENT) {
        postgresql_self_leave(&self->target);
        return 0;
    }
    return see_target_server(self, arena, out, commit_us, err);
}

static void see_source_files(struct postgresql *self, const struct postgresql_host *host,
                             struct arena *arena, struct engine_seen *out)
{
    out->source.server = postgresql_host_server(host);
    out->source.fenced = host->hba[0] && str_equal(host->fence, POSTGRESQL_CLOSED_WORD);
    out->source.held_free_bytes = host->wal_free_bytes;
    out->source.config_hash = host->config_hash;
    out->source.slot = host->slot ? ENGINE_PRESENT : ENGINE_ABSENT;
    out->back.rewind = postgresql_back_rewound(host);
    out->back.rewind_error =
        out->back.rewind == ENGINE_COPY_BROKEN ? postgresql_host_copy_error(host, arena) : "";
    out->back.access = host->passfile ? ENGINE_PARTIAL : ENGINE_ABSENT;
    int there = (host->hba[0] ? 1 : 0) + (host->fence[0] ? 1 : 0) + (host->passfile ? 1 : 0);
    out->source.access = postgresql_see_presence(there, 3);
    if (there == 3 && !str_equal(host->hba, postgresql_grant_source_lines(self, arena)))
        out->source.access = ENGINE_PARTIAL;
}

enum { STANDBY, POSITION, NOW, ROLE, CANARY, SLOT, ACTIVE, LOST, HELD, COPIED, TOTAL };

static void see_source_rights(const struct pg_rows *rows, struct engine_seen *out)
{
    bool role = word(rows, ROLE, "ours");
    enum engine_presence files = out->source.access;
    if (word(rows, ROLE, "foreign"))
        out->source.access = ENGINE_FOREIGN;
    else if (role && files == ENGINE_PRESENT && truth(rows, CANARY))
        out->source.access = ENGINE_PRESENT;
    else
        out->source.access = role || files != ENGINE_ABSENT ? ENGINE_PARTIAL : ENGINE_ABSENT;
    /* A slot has no owner: without our role beside it, it cannot be ours. */
    if (word(rows, SLOT, "none"))
        out->source.slot = ENGINE_ABSENT;
    else
        out->source.slot = word(rows, SLOT, "ours") && role ? ENGINE_PRESENT : ENGINE_FOREIGN;
}

static int see_source_size(struct postgresql *self, struct arena *arena, struct err *err)
{
    struct pg_rows rows;
    int64_t now = clock_mono_us(&self->clock);
    if (self->size_bytes && now - self->sized_at_us < SIZE_EVERY_US)
        return 0;
    if (postgresql_self_ask(self, &self->source, postgresql_self_sql("size.sql"), NULL, 0, arena,
                            &rows, err))
        return -1;
    self->size_bytes = number(&rows, 0);
    self->sized_at_us = now;
    return 0;
}

/* A closed source lets in our role alone. When that is gone (a run ended between its end and the
 * server's) nobody gets in, and the files have told enough. */
static int closed_to_us(const struct engine_seen *out, struct err *err)
{
    if (err->code != ERR_AUTH || !out->source.fenced)
        return -1;
    err_clear(err);
    return 0;
}

static int see_source_server(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                             int64_t commit_us, struct err *err)
{
    struct pg_rows rows;
    const char *params[] = {self->name.role, self->name.comment};
    if (postgresql_self_ask(self, &self->source, postgresql_self_sql("source_see.sql"), params, 2,
                            arena, &rows, err))
        return closed_to_us(out, err);
    if (see_source_size(self, arena, err))
        return -1;
    out->source.server = truth(&rows, STANDBY) ? ENGINE_STANDBY : ENGINE_PRIMARY;
    out->source.position = position(&rows, POSITION);
    out->source.slot_active = truth(&rows, ACTIVE);
    out->source.slot_lost = truth(&rows, LOST);
    out->source.held_bytes = number(&rows, HELD);
    out->source.size_bytes = self->size_bytes;
    see_source_rights(&rows, out);
    out->source.write_rate =
        postgresql_lag_add(&self->lag, out->source.position, number(&rows, NOW));
    if (out->target.copy == ENGINE_COPY_RUNNING) {
        out->target.copied_bytes = number(&rows, COPIED);
        out->target.total_bytes = number(&rows, TOTAL);
    }
    if (out->target.applied == 0)
        return 0;
    out->lag_bytes = out->source.position > out->target.applied
                         ? (int64_t)(out->source.position - out->target.applied)
                         : 0;
    out->lag_ms = postgresql_lag_ms(&self->lag, out->source.position, number(&rows, NOW),
                                    out->target.applied, commit_us);
    return 0;
}

static int see_source(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                      int64_t commit_us, struct err *err)
{
    struct postgresql_host host;
    if (postgresql_self_look(self, &self->source, arena, &host, err))
        return -1;
    see_source_files(self, &host, arena, out);
    if (out->source.server == ENGINE_DOWN || out->source.server == ENGINE_STARTING) {
        postgresql_self_leave(&self->source);
        return 0;
    }
    return see_source_server(self, arena, out, commit_us, err);
}

/* The columns of target_see.sql, asked of the old source as the standby that it is. */
static int see_back_standby(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                            uint64_t *applied, int64_t *commit_us, struct err *err)
{
    enum { RECOVERS, RECEIVED, APPLIED, COMMIT, STREAMING };
    struct pg_rows rows;
    const char *params[] = {self->name.role};
    if (postgresql_self_ask(self, &self->source, postgresql_self_sql("target_see.sql"), params, 1,
                            arena, &rows, err))
        return -1;
    *applied = position(&rows, APPLIED);
    *commit_us = number(&rows, COMMIT);
    out->back.streaming = truth(&rows, STREAMING);
    return 0;
}

/* Behind the window our role goes first, and then nobody of us gets in: no error, as in
 * see_target_server. */
static int unasked(struct err *err)
{
    if (err->code != ERR_AUTH)
        return err_add(err, "looking at the target");
    err_clear(err);
    return 0;
}

/* The link back. The old source is asked before the target, so that its lag is never too small. */
static int see_back(struct postgresql *self, struct arena *arena, struct engine_seen *out,
                    struct err *err)
{
    struct pg_rows rows;
    uint64_t applied = 0;
    int64_t commit_us = 0;
    const char *params[] = {self->name.role, self->name.comment};
    bool follows = out->source.server == ENGINE_STANDBY;
    if (!postgresql_self_windowed(self) || out->target.server != ENGINE_PRIMARY)
        return 0;
    if (follows && see_back_standby(self, arena, out, &applied, &commit_us, err))
        return unasked(err);
    if (postgresql_self_ask(self, &self->target, postgresql_self_sql("source_see.sql"), params, 2,
                            arena, &rows, err))
        return unasked(err);
    if (word(&rows, SLOT, "ours") && out->back.access == ENGINE_PARTIAL)
        out->back.access = ENGINE_PRESENT;
    else if (!word(&rows, SLOT, "none"))
        out->back.access = ENGINE_PARTIAL;
    out->back.slot_lost = truth(&rows, LOST);
    out->back.held_bytes = number(&rows, HELD);
    uint64_t end = position(&rows, POSITION);
    (void)postgresql_lag_add(&self->back_lag, end, number(&rows, NOW));
    if (!follows || applied == 0)
        return 0;
    out->back.lag_bytes = end > applied ? (int64_t)(end - applied) : 0;
    out->back.lag_ms =
        postgresql_lag_ms(&self->back_lag, end, number(&rows, NOW), applied, commit_us);
    return 0;
}

int postgresql_see(struct engine *engine, struct arena *arena, struct engine_seen *out,
                   struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    int64_t commit_us = 0;
    *out = (struct engine_seen){
        .source = {.write_rate = -1, .held_free_bytes = -1, .config_hash = ""},
        .target = {.copy_error = ""},
        .back = {.rewind_error = "", .lag_bytes = -1, .lag_ms = -1},
        .lag_bytes = -1,
        .lag_ms = -1,
    };
    if (see_target(self, arena, out, &commit_us, err))
        return err_add(err, "looking at the target of '%s'", self->service->name);
    if (see_source(self, arena, out, commit_us, err))
        return err_add(err, "looking at the source of '%s'", self->service->name);
    return see_back(self, arena, out, err);
}
