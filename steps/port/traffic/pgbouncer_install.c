/*
 * Puts on the proxy host what the guard needs, and takes it away: its program, its plan, and the
 * proxy's configuration as it is and as it will be, beside the live one. Every name bears the
 * migration's id.
 */
#include "base/secret.h"
#include "state/digest.h"
#include "steps/port/traffic/pgbouncer_config.h"
#include "steps/port/traffic/pgbouncer_program.h"

static const char *spare(const struct pgbouncer *self, const char *live, const char *which,
                         struct arena *arena)
{
    return arena_printf(arena, "%s.ece-%s-%s", live, self->spec->id, which);
}

/* The user whose process listens at the console's socket: as it the guard is admitted without a
 * password. */
static int find_console_user(struct pgbouncer *self, struct arena *arena, const char **out,
                             struct err *err)
{
    const struct spec_traffic *traffic = &self->service->traffic;
    const char *socket =
        arena_printf(arena, "%s/.s.PGSQL.%u", traffic->socket_dir, (unsigned)traffic->port);
    const char *const argv[] = {"stat", "-c", "%U", socket, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_probe_ok(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return err_add(err, "the console's socket '%s'", socket);
    *out = str_trim(arena_strdup(arena, reply.out));
    return 0;
}

static int put_program(struct pgbouncer *self, struct arena *arena, struct err *err)
{
    const char *bytes;
    size_t len;
    char hex[DIGEST_HEX];
    unsigned char digest[DIGEST_BYTES];
    if (pgbouncer_program_read(arena, &bytes, &len, err) < 0)
        return -1;
    digest_sha256(digest, bytes, len);
    digest_hex(hex, digest);
    const char *const argv[] = {"sha256sum", self->program, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_probe(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return -1;
    if (reply.status == 0 && str_starts(reply.out, hex))
        return 0;
    return remote_put(self->world, pgbouncer_host(self), self->program, 0700, "root:root", bytes,
                      len, err);
}

/* The exact bytes may hold passwords: they travel as a secret, and the guard's copies get mode and
 * owner of the live file. */
static int put_spares(struct pgbouncer *self, const struct pgbouncer_said *entry,
                      struct arena *arena, struct err *err)
{
    const char *live = entry->path;
    const struct spec_endpoint *target = &self->service->target;
    struct secret *now CLEANUP(secret_cleanup) = NULL;
    bool missing = false;
    struct pgbouncer_ini ini;
    const char *then, *ignored;
    size_t then_len;
    if (remote_get_secret(self->world, pgbouncer_host(self), live, "pgbouncer configuration", &now,
                          &missing, err) < 0)
        return -1;
    if (missing)
        return err_set(err, ERR_REMOTE, "no file '%s' on '%s'", live, pgbouncer_host(self)->name);
    if (pgbouncer_ini_read(secret_reveal(now), secret_len(now), arena, &ini, err) < 0)
        return err_add(err, "'%s'", live);
    const struct pgbouncer_ini_line *line = NULL;
    for (size_t i = 0; i < ini.len; i++)
        if (ini.line[i].number == entry->line && str_equal(ini.line[i].key, entry->key))
            line = &ini.line[i];
    if (!line)
        return err_set(err, ERR_SPEC, "'%s' line %zu was changed while it was read", live,
                       entry->line);
    if (pgbouncer_ini_point(secret_reveal(now), secret_len(now), line, target->address,
                            target->port, arena, &then, &then_len, err) < 0)
        return -1;
    struct secret *changed CLEANUP(secret_cleanup) =
        secret_copy(then, then_len, "pgbouncer configuration");
    if (remote_put_secret(self->world, pgbouncer_host(self), spare(self, live, "target", arena),
                          NULL, NULL, changed, NULL, err) < 0)
        return -1;
    const char *const argv[] = {live, spare(self, live, "source", arena),
                                spare(self, live, "target", arena), NULL};
    return pgbouncer_change(self, "spares.sh", argv, arena, &ignored, err);
}

static void plan_lines(const struct pgbouncer *self, const char *kit, const char *live,
                       const char *user, struct arena *arena, struct str *out)
{
    const struct spec_traffic *traffic = &self->service->traffic;
    str_printf(out, "id=%s\nmax_stall_ms=%d\nguard_ms=%d\n", self->spec->id,
               self->service->limits.max_stall_ms, self->service->limits.guard_ms);
    str_add(out, kit);
    str_printf(out, "traffic=pgbouncer\nconsole=host='%s' port=%u user='%s' dbname=pgbouncer\n",
               traffic->socket_dir, (unsigned)traffic->port, traffic->console_user);
    str_printf(out, "console_user=%s\ndatabase=%s\nconfig=%s\n", user, traffic->database, live);
    str_printf(out, "config_source=%s\n", spare(self, live, "source", arena));
    str_printf(out, "config_target=%s\n", spare(self, live, "target", arena));
}

static int put_plan(struct pgbouncer *self, const char *kit, const char *live, struct arena *arena,
                    struct err *err)
{
    struct str plan CLEANUP(str_free) = STR_INIT;
    const char *user;
    if (find_console_user(self, arena, &user, err) < 0)
        return -1;
    plan_lines(self, kit, live, user, arena, &plan);
    return remote_put(self->world, pgbouncer_host(self), arena_printf(arena, "%s/plan", self->dir),
                      0600, "root:root", str_text(&plan), plan.len, err);
}

/* The configuration that points at the source is what install starts from: anything else was not
 * made by this attempt. */
static int find_live(struct pgbouncer *self, struct arena *arena, const struct pgbouncer_said **out,
                     struct err *err)
{
    struct pgbouncer_config config;
    enum traffic_points points;
    if (pgbouncer_config_load(self, arena, &config, err) < 0 ||
        pgbouncer_config_entry(&config, self->service->traffic.database, out, arena, err) < 0)
        return -1;
    const struct pgbouncer_said *entry = *out;
    struct pgbouncer_way way = pgbouncer_config_way(entry, arena);
    if (pgbouncer_points(self, way.host, way.port, &points, err) < 0)
        return -1;
    if (points != TRAFFIC_AT_SOURCE)
        return err_set(err, ERR_REFUSED, "'%s' line %zu points at %s port %u, not at the source",
                       entry->path, entry->line, way.host, way.port);
    return 0;
}

int pgbouncer_install(struct traffic *traffic, const char *kit, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    const char *const argv[] = {self->dir, self->run_dir, NULL};
    const struct pgbouncer_said *live;
    const char *ignored;
    if (find_live(self, arena, &live, err) < 0 ||
        pgbouncer_change(self, "directories.sh", argv, arena, &ignored, err) < 0)
        return -1;
    if (put_program(self, arena, err) < 0 || put_spares(self, live, arena, err) < 0)
        return -1;
    return put_plan(self, kit, live->path, arena, err);
}

int pgbouncer_remove(struct traffic *traffic, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    const char *const argv[] = {self->dir, self->run_dir, self->spec->id, NULL};
    const char *ignored;
    if (pgbouncer_disarm(traffic, err) < 0)
        return -1;
    return pgbouncer_change(self, "remove.sh", argv, arena, &ignored, err);
}
