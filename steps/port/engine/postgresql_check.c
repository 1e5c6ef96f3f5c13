/*
 * Facts for the preflight; see postgresql_check.h.
 */
#include "steps/port/engine/postgresql_check.h"

#include <inttypes.h>
#include <string.h>

#include "steps/port/engine/postgresql_judge.h"
#include "steps/wire/remote.h"

static int source_facts(struct postgresql *self, struct postgresql_facts *facts, struct err *err)
{
    struct pg_rows rows;
    const char *params[] = {self->name.role, self->name.comment, self->target.endpoint->admin_user};
    if (postgresql_self_ask(self, &self->source, postgresql_self_sql("source_check.sql"), params, 3,
                            facts->arena, &rows, err))
        return -1;
    postgresql_facts_add_rows(facts, "source", &rows);
    return 0;
}

/* A library that many databases use is looked for once. */
static void library_add(struct postgresql_facts *facts, const char *library)
{
    for (size_t i = 0; i < facts->len; i++)
        if (strcmp(facts->fact[i].name, "database.library") == 0 &&
            strcmp(facts->fact[i].value, library) == 0)
            return;
    postgresql_facts_add(facts, "database", "library", library);
}

static int database_facts(struct postgresql *self, const char *database,
                          struct postgresql_facts *facts, struct err *err)
{
    struct pg_rows rows;
    CLEANUP(pg_cleanup) struct pg *pg = NULL;
    if (pg_open(&pg, self->world, self->source.endpoint, database, err) ||
        pg_probe(pg, postgresql_self_sql("database_check.sql"), NULL, 0, 0, facts->arena, &rows,
                 err))
        return err_add(err, "database '%s'", database);
    for (size_t row = 0; row < rows.rows; row++) {
        const char *name = rows.cell[row * rows.cols], *value = rows.cell[row * rows.cols + 1];
        if (value && strcmp(name, "library") == 0)
            library_add(facts, value);
        else if (value)
            postgresql_facts_add(facts, "database", name,
                                 arena_printf(facts->arena, "%s in '%s'", value, database));
    }
    return 0;
}

static int databases_facts(struct postgresql *self, struct postgresql_facts *facts, struct err *err)
{
    struct pg_rows rows;
    if (postgresql_self_ask(self, &self->source, postgresql_self_sql("databases.sql"), NULL, 0,
                            facts->arena, &rows, err))
        return -1;
    for (size_t i = 0; i < rows.rows; i++)
        if (database_facts(self, rows.cell[i * rows.cols], facts, err))
            return -1;
    return 0;
}

static const char *copy_word(const struct postgresql_host *host)
{
    switch (postgresql_host_copy(host)) {
    case ENGINE_COPY_NONE:
        return "none";
    case ENGINE_COPY_RUNNING:
    case ENGINE_COPY_BROKEN:
    case ENGINE_COPY_DONE:
        return "ours";
    case ENGINE_COPY_FOREIGN:
        break;
    }
    return "foreign";
}

/* The host's clock was read somewhere between before and after: in the middle, for want of better.
 */
static int clock_fact(struct postgresql *self, const struct spec_host *host, const char *group,
                      struct postgresql_facts *facts, struct err *err)
{
    const char *argv[] = {"date", "+%s%6N", NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    int64_t theirs_us = 0, before_us = clock_wall_us(&self->clock);
    if (remote_probe_ok(self->world, host, &cmd, facts->arena, &reply, err))
        return -1;
    int64_t middle_us = before_us + (clock_wall_us(&self->clock) - before_us) / 2;
    if (str_to_i64(str_trim(arena_strdup(facts->arena, reply.out)), &theirs_us))
        return err_set(err, ERR_REMOTE, "'%s' does not tell its time", host->name);
    postgresql_facts_add(facts, group, "clock_offset_us",
                         arena_printf(facts->arena, "%" PRId64, theirs_us - middle_us));
    return 0;
}

static int host_facts(struct postgresql *self, struct postgresql_side *side, const char *group,
                      struct postgresql_facts *facts, struct err *err)
{
    struct postgresql_host host;
    struct remote_reply reply;
    if (postgresql_self_look(self, side, facts->arena, &host, err))
        return -1;
    const char *argv[] = {side->place.bindir,   side->place.data_directory, side->place.config_file,
                          side->place.hba_file, side->place.owner,          NULL};
    struct remote_cmd cmd = {.argv = argv, .script = postgresql_host_script("host_check.sh")};
    if (remote_probe_ok(self->world, side->endpoint->host, &cmd, facts->arena, &reply, err) ||
        clock_fact(self, side->endpoint->host, group, facts, err))
        return -1;
    postgresql_facts_add_lines(facts, group, reply.out);
    postgresql_facts_add(facts, group, "data_directory", side->place.data_directory);
    postgresql_facts_add(facts, group, "config_file", side->place.config_file);
    postgresql_facts_add(facts, group, "owner_name", side->place.owner);
    postgresql_facts_add(facts, group, "copy", copy_word(&host));
    postgresql_facts_add(facts, group, "running", host.running ? "yes" : "");
    return 0;
}

static int library_facts(struct postgresql *self, struct postgresql_facts *facts, struct err *err)
{
    const char **argv = ARENA_ARRAY(facts->arena, const char *, facts->len + 2);
    size_t len = 0;
    struct remote_reply reply;
    argv[len++] = self->target.place.bindir;
    for (size_t i = 0; i < facts->len; i++)
        if (strcmp(facts->fact[i].name, "database.library") == 0)
            argv[len++] = facts->fact[i].value;
    struct remote_cmd cmd = {.argv = argv,
                             .script = postgresql_host_script("libraries_missing.sh")};
    if (remote_probe_ok(self->world, self->target.endpoint->host, &cmd, facts->arena, &reply, err))
        return -1;
    char *save = NULL;
    char *text = arena_strdup(facts->arena, reply.out);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        postgresql_facts_add(facts, "target_host", "missing_library", line);
    return 0;
}

int postgresql_check(struct engine *engine, struct findings *out, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    struct postgresql_facts facts = {.arena = out->arena};
    if (source_facts(self, &facts, err) || databases_facts(self, &facts, err) ||
        host_facts(self, &self->source, "source_host", &facts, err) ||
        host_facts(self, &self->target, "target_host", &facts, err) ||
        library_facts(self, &facts, err))
        return err_add(err, "checking '%s'", self->service->name);
    const struct postgresql_judge judge = {
        .facts = &facts,
        .out = out,
        .service = self->service->name,
        .source = self->source.endpoint->host->name,
        .target = self->target.endpoint->host->name,
        .role = self->name.role,
        .target_user = self->target.endpoint->admin_user,
        .target_address = self->target.endpoint->address,
        .proxy_address = self->service->traffic.address,
        .database = self->service->traffic.database,
        .target_port = self->target.endpoint->port,
        .windowed = postgresql_self_windowed(self),
        .max_held_wal_bytes = self->service->limits.max_held_wal_bytes,
    };
    postgresql_judge_all(&judge);
    return 0;
}
