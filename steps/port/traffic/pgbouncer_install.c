/*
 * Puts on the proxy host what the guard needs, and takes it away: its program, its plan, and the
 * proxy's configuration as it is and as it will be, beside the live one. Every name bears the
 * migration's id.
 */
#include <string.h>

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

/* What differs between the two ways: where the clients come from, where they go, and which of the
 * two spare configurations is which. */
struct route {
    enum traffic_way way;
    enum traffic_points begins;
    const struct spec_endpoint *to;
    const char *from_name, *to_name; /* of the spares */
};

static struct route route_of(const struct pgbouncer *self, enum traffic_way way)
{
    const struct spec_service *service = self->service;
    if (way == TRAFFIC_FORTH)
        return (struct route){way, TRAFFIC_AT_SOURCE, &service->target, "source", "target"};
    return (struct route){way, TRAFFIC_AT_TARGET, &service->source, "target", "source"};
}

/* A file's bytes as a secret, and the line of the entry in it: *line is NULL when there is none. */
struct spare_file {
    struct secret *bytes; /* NULL: no such file */
    const struct pgbouncer_ini_line *line;
};

static int read_file(struct pgbouncer *self, const char *path, const struct pgbouncer_said *entry,
                     struct arena *arena, struct spare_file *out, struct err *err)
{
    bool missing = false;
    struct pgbouncer_ini ini;
    *out = (struct spare_file){0};
    if (remote_get_secret(self->world, pgbouncer_host(self), path, "pgbouncer configuration",
                          &out->bytes, &missing, err) < 0)
        return -1;
    if (missing)
        return 0;
    if (pgbouncer_ini_read(secret_reveal(out->bytes), secret_len(out->bytes), arena, &ini, err) < 0)
        return err_add(err, "'%s'", path);
    for (size_t i = 0; i < ini.len; i++)
        if (ini.line[i].number == entry->line && str_equal(ini.line[i].key, entry->key))
            out->line = &ini.line[i];
    return 0;
}

static int point(const struct spare_file *file, const struct spec_endpoint *to, struct arena *arena,
                 struct secret **out, struct err *err)
{
    const char *then;
    size_t then_len;
    if (pgbouncer_ini_point(secret_reveal(file->bytes), secret_len(file->bytes), file->line,
                            to->address, to->port, arena, &then, &then_len, err) < 0)
        return -1;
    *out = secret_copy(then, then_len, "pgbouncer configuration");
    return 0;
}

static bool same_bytes(const struct secret *a, const struct secret *b)
{
    return secret_len(a) == secret_len(b) &&
           memcmp(secret_reveal(a), secret_reveal(b), secret_len(a)) == 0;
}

/* On the way back the file from before the cutover, byte for byte, if the live one is still what we
 * made of it. Somebody who has edited it since finds his edit with the address changed. *out NULL:
 * it is not that. */
static int original(struct pgbouncer *self, const struct pgbouncer_said *entry,
                    const struct spare_file *live, struct arena *arena, struct secret **out,
                    struct err *err)
{
    struct spare_file before;
    struct secret *forth CLEANUP(secret_cleanup) = NULL;
    *out = NULL;
    if (read_file(self, spare(self, entry->path, "source", arena), entry, arena, &before, err) < 0)
        return -1;
    int status = before.line ? point(&before, &self->service->target, arena, &forth, err) : 0;
    if (forth && same_bytes(forth, live->bytes))
        *out = before.bytes;
    else
        secret_free(before.bytes);
    return status;
}

/* The exact bytes may hold passwords: they travel as a secret, and the guard's copies get mode and
 * owner of the live file. */
static int put_spares(struct pgbouncer *self, const struct route *route,
                      const struct pgbouncer_said *entry, struct arena *arena, struct err *err)
{
    const char *live = entry->path, *ignored;
    const char *from = spare(self, live, route->from_name, arena);
    const char *to = spare(self, live, route->to_name, arena);
    struct spare_file now;
    struct secret *changed CLEANUP(secret_cleanup) = NULL;
    int status = read_file(self, live, entry, arena, &now, err);
    if (status == 0 && !now.bytes)
        status = err_set(err, ERR_REMOTE, "no file '%s' on '%s'", live, pgbouncer_host(self)->name);
    if (status == 0 && !now.line)
        status = err_set(err, ERR_SPEC, "'%s' line %zu was changed while it was read", live,
                         entry->line);
    if (status == 0 && route->way == TRAFFIC_BACK)
        status = original(self, entry, &now, arena, &changed, err);
    if (status == 0 && !changed)
        status = point(&now, route->to, arena, &changed, err);
    secret_free(now.bytes);
    if (status < 0 || remote_put_secret(self->world, pgbouncer_host(self), to, NULL, NULL, changed,
                                        NULL, err) < 0)
        return -1;
    const char *const argv[] = {live, from, to, NULL};
    return pgbouncer_change(self, "spares.sh", argv, arena, &ignored, err);
}

static void plan_lines(const struct pgbouncer *self, const struct route *route, const char *kit,
                       const char *live, const char *user, struct arena *arena, struct str *out)
{
    const struct spec_traffic *traffic = &self->service->traffic;
    str_printf(out, "id=%s\nmax_stall_ms=%d\nguard_ms=%d\n", self->spec->id,
               self->service->limits.max_stall_ms, self->service->limits.guard_ms);
    if (route->way == TRAFFIC_BACK)
        str_add(out, "way=back\n");
    str_add(out, kit);
    str_printf(out, "traffic=pgbouncer\nconsole=host='%s' port=%u user='%s' dbname=pgbouncer\n",
               traffic->socket_dir, (unsigned)traffic->port, traffic->console_user);
    str_printf(out, "console_user=%s\ndatabase=%s\nconfig=%s\n", user, traffic->database, live);
    str_printf(out, "config_source=%s\n", spare(self, live, route->from_name, arena));
    str_printf(out, "config_target=%s\n", spare(self, live, route->to_name, arena));
}

static int put_plan(struct pgbouncer *self, const struct route *route, const char *kit,
                    const char *live, struct arena *arena, struct err *err)
{
    struct str plan CLEANUP(str_free) = STR_INIT;
    const char *user;
    if (find_console_user(self, arena, &user, err) < 0)
        return -1;
    plan_lines(self, route, kit, live, user, arena, &plan);
    return remote_put(self->world, pgbouncer_host(self), arena_printf(arena, "%s/plan", self->dir),
                      0600, "root:root", str_text(&plan), plan.len, err);
}

/* The configuration that points at where the attempt begins is what install starts from: anything
 * else was not made by this attempt. */
static int find_live(struct pgbouncer *self, const struct route *route, struct arena *arena,
                     const struct pgbouncer_said **out, struct err *err)
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
    if (points != route->begins)
        return err_set(err, ERR_REFUSED, "'%s' line %zu points at %s port %u, not at the %s",
                       entry->path, entry->line, way.host, way.port, route->from_name);
    return 0;
}

int pgbouncer_install(struct traffic *traffic, enum traffic_way way, const char *kit,
                      struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    const struct route route = route_of(self, way);
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    const char *const argv[] = {self->dir, self->run_dir, NULL};
    const struct pgbouncer_said *live;
    const char *ignored;
    if (find_live(self, &route, arena, &live, err) < 0 ||
        pgbouncer_change(self, "directories.sh", argv, arena, &ignored, err) < 0)
        return -1;
    if (put_program(self, arena, err) < 0 || put_spares(self, &route, live, arena, err) < 0)
        return -1;
    return put_plan(self, &route, kit, live->path, arena, err);
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
