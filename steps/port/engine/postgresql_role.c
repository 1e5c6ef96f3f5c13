/*
 * Role, passfile, slot; see postgresql_role.h.
 */
#include "steps/port/engine/postgresql_role.h"

#include <string.h>

#include "steps/wire/remote.h"

enum { PASSWORD_BYTES = 32, SLOT_TRIES = 50, SLOT_PAUSE_MS = 100, APPLY_TRIES = 150 };

int postgresql_role_password(struct postgresql *self, const struct secret **out, struct err *err)
{
    if (postgresql_self_password(self, out, err))
        return -1;
    if (!*out)
        self->password = secret_random(PASSWORD_BYTES, "engine-role", err);
    *out = self->password;
    return self->password ? 0 : -1;
}

int postgresql_role_passfile(struct postgresql *self, struct postgresql_side *side,
                             struct arena *arena, struct err *err)
{
    const struct spec_host *host = side->endpoint->host;
    const char *argv[] = {"install",         "-d",           "-m", "0750", "-o", "root", "-g",
                          side->place.group, self->name.dir, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    const char *prefix = arena_printf(arena, "*:*:*:%s:", self->name.role);
    if (remote_change_ok(self->world, host, &cmd, arena, &reply, err))
        return err_add(err, "making '%s' on '%s'", self->name.dir, host->name);
    return remote_put_secret(self->world, host, self->name.passfile,
                             postgresql_self_owner(side, arena), prefix, self->password, "\n", err);
}

/* 'none', 'ours' or 'foreign'. */
static int role_state(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                      const char **out, struct err *err)
{
    struct pg_rows rows;
    const char *params[] = {self->name.role, self->name.comment};
    if (pg_probe(side->pg, postgresql_self_sql("role_state.sql"), params, 2, 0, arena, &rows, err))
        return -1;
    *out = rows.rows == 1 && rows.cell[0] ? rows.cell[0] : "none";
    return 0;
}

/* Role and comment at one stroke: a role without the comment would be a stranger's to the next run.
 */
static const char *create_sql(struct postgresql *self, struct postgresql_side *side,
                              const char *verifier, struct arena *arena)
{
    const char *body =
        arena_printf(arena,
                     "BEGIN CREATE ROLE %s SUPERUSER REPLICATION LOGIN PASSWORD %s; "
                     "COMMENT ON ROLE %s IS %s; END",
                     self->name.role, pg_quote_literal(side->pg, verifier, arena), self->name.role,
                     pg_quote_literal(side->pg, self->name.comment, arena));
    return arena_printf(arena, "DO %s", pg_quote_literal(side->pg, body, arena));
}

static int tell_each(struct postgresql_side *side, const char *const *statements, size_t len,
                     struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < len; i++)
        if (postgresql_self_tell(side, statements[i], NULL, 0, arena, err))
            return -1;
    return 0;
}

int postgresql_role_make(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                         struct err *err)
{
    const char *role = self->name.role;
    const char *state = NULL;
    const char *verifier = NULL;
    if (role_state(self, side, arena, &state, err))
        return -1;
    if (str_equal(state, "foreign"))
        return err_set(err, ERR_FOREIGN, "the role '%s' on '%s' is not of this migration", role,
                       side->endpoint->host->name);
    if (pg_scram_verifier(side->pg, role, self->password, arena, &verifier, err))
        return -1;
    const char *const statements[] = {
        str_equal(state, "none")
            ? create_sql(self, side, verifier, arena)
            : arena_printf(arena, "ALTER ROLE %s SUPERUSER REPLICATION LOGIN PASSWORD %s", role,
                           pg_quote_literal(side->pg, verifier, arena)),
        arena_printf(arena, "CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION %s", role, role),
        arena_printf(arena,
                     "CREATE TABLE IF NOT EXISTS %s.canary (n bigint PRIMARY KEY, "
                     "at timestamptz NOT NULL DEFAULT clock_timestamp())",
                     role),
        arena_printf(arena, "ALTER TABLE %s.canary OWNER TO %s", role, role),
    };
    return tell_each(side, statements, ARRAY_LEN(statements), arena, err);
}

/* Nobody can drop the role he logged in as, unless he becomes somebody else first: the cluster's
 * first superuser is always there. */
static int become_another(struct postgresql_side *side, struct arena *arena, struct err *err)
{
    const char *first = NULL;
    if (pg_probe_value(side->pg, "SELECT rolname FROM pg_roles WHERE oid = 10", arena, &first, err))
        return -1;
    const char *sql = arena_printf(arena, "SET SESSION AUTHORIZATION %s",
                                   pg_quote_ident(side->pg, first ? first : "postgres", arena));
    return postgresql_self_tell(side, sql, NULL, 0, arena, err);
}

int postgresql_role_drop(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                         struct err *err)
{
    const char *state = NULL;
    if (role_state(self, side, arena, &state, err))
        return -1;
    if (!str_equal(state, "ours"))
        return 0;
    if (side->user == POSTGRESQL_OURS && become_another(side, arena, err))
        return -1;
    const char *const statements[] = {
        arena_printf(arena,
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE usename = '%s' AND pid <> pg_backend_pid()",
                     self->name.role),
        arena_printf(arena, "DROP SCHEMA IF EXISTS %s CASCADE", self->name.role),
        arena_printf(arena, "DROP ROLE IF EXISTS %s", self->name.role),
    };
    int status = tell_each(side, statements, ARRAY_LEN(statements), arena, err);
    postgresql_self_leave(side);
    return status;
}

/* The standby's link was admitted as the role, and stays when the role goes. */
static int drop_at(struct postgresql *self, struct postgresql_side *primary, struct arena *arena,
                   struct err *err)
{
    const char *state = NULL;
    if (role_state(self, primary, arena, &state, err))
        return -1;
    if (!str_equal(state, "ours"))
        return 0;
    if (become_another(primary, arena, err))
        return -1;
    const char *const statements[] = {
        arena_printf(arena,
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '%s' "
                     "AND pid <> pg_backend_pid() AND backend_type <> 'walsender'",
                     self->name.role),
        arena_printf(arena, "DROP SCHEMA IF EXISTS %s CASCADE", self->name.role),
        arena_printf(arena, "DROP ROLE IF EXISTS %s", self->name.role),
    };
    return tell_each(primary, statements, ARRAY_LEN(statements), arena, err);
}

int postgresql_role_drop_streaming(struct postgresql *self, struct postgresql_side *primary,
                                   struct arena *arena, struct err *err)
{
    const char *end = NULL, *there = NULL;
    if (drop_at(self, primary, arena, err) ||
        pg_probe_value(primary->pg, "SELECT pg_current_wal_flush_lsn()", arena, &end, err))
        return -1;
    const char *sql = arena_printf(arena,
                                   "SELECT 1 FROM pg_stat_replication WHERE application_name = %s "
                                   "AND replay_lsn >= %s",
                                   pg_quote_literal(primary->pg, self->name.role, arena),
                                   pg_quote_literal(primary->pg, end ? end : "0/0", arena));
    for (int i = 0; i < APPLY_TRIES; i++) {
        if (pg_probe_value(primary->pg, sql, arena, &there, err))
            return -1;
        if (there)
            return 0;
        clock_sleep_ms(&self->clock, SLOT_PAUSE_MS);
    }
    return err_set(err, ERR_TIMEOUT, "the standby has not applied the end of our role in %d s",
                   APPLY_TRIES * SLOT_PAUSE_MS / 1000);
}

bool postgresql_role_gone(const struct err *err)
{
    return err->code == ERR_AUTH && strstr(err->text, "28P01: ") != NULL;
}

int postgresql_role_slot_state(struct postgresql *self, struct postgresql_side *side,
                               struct arena *arena, const char **out, struct err *err)
{
    struct pg_rows rows;
    const char *params[] = {self->name.role, self->name.comment};
    if (pg_probe(side->pg, postgresql_self_sql("slot_state.sql"), params, 2, 0, arena, &rows, err))
        return -1;
    *out = rows.rows == 1 && rows.cell[0] ? rows.cell[0] : "none";
    return 0;
}

int postgresql_role_slot_make(struct postgresql *self, struct postgresql_side *side,
                              struct arena *arena, struct err *err)
{
    const char *state = NULL;
    const char *params[] = {self->name.role};
    if (postgresql_role_slot_state(self, side, arena, &state, err))
        return -1;
    if (str_equal(state, "foreign"))
        return err_set(err, ERR_FOREIGN, "the slot '%s' on '%s' is not of this migration",
                       self->name.role, side->endpoint->host->name);
    if (!str_equal(state, "none"))
        return 0;
    if (postgresql_self_tell(side, "SELECT pg_create_physical_replication_slot($1, true)", params,
                             1, arena, err))
        return err_add(err, "making the slot '%s'", self->name.role);
    return 0;
}

int postgresql_role_slot_drop(struct postgresql *self, struct postgresql_side *side,
                              struct arena *arena, struct err *err)
{
    static const char end[] = "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots "
                              "WHERE slot_name = $1 AND active_pid IS NOT NULL";
    static const char drop[] =
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
        "WHERE slot_name = $1 AND active_pid IS NULL";
    const char *params[] = {self->name.role};
    const char *state = NULL;
    for (int i = 0; i < SLOT_TRIES; i++) {
        if (i > 0)
            clock_sleep_ms(&self->clock, SLOT_PAUSE_MS);
        if (postgresql_role_slot_state(self, side, arena, &state, err))
            return -1;
        if (str_equal(state, "none") || str_equal(state, "foreign"))
            return 0;
        const char *sql = str_equal(state, "active") ? end : drop;
        if (postgresql_self_tell(side, sql, params, 1, arena, err))
            return err_add(err, "dropping the slot '%s'", self->name.role);
    }
    return err_set(err, ERR_TIMEOUT, "the slot '%s' is still in use %d ms after its users' end",
                   self->name.role, SLOT_TRIES * SLOT_PAUSE_MS);
}

int postgresql_role_files_remove(struct postgresql *self, const struct spec_host *host,
                                 const char *const *paths, struct arena *arena, struct err *err)
{
    const char *argv[16] = {"rm", "-rf", "--"};
    const char *const rest[] = {"rmdir", "--ignore-fail-on-non-empty", "--", self->name.dir, NULL};
    struct remote_cmd rm = {.argv = argv}, rmdir = {.argv = rest};
    struct remote_reply reply;
    size_t len = 3;
    for (size_t i = 0; paths[i] && len + 1 < ARRAY_LEN(argv); i++)
        argv[len++] = paths[i];
    argv[len] = NULL;
    if (remote_change_ok(self->world, host, &rm, arena, &reply, err) ||
        remote_change(self->world, host, &rmdir, arena, &reply, err))
        return err_add(err, "removing our files on '%s'", host->name);
    return 0;
}
