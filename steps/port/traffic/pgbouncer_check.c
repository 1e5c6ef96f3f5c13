/*
 * What would keep the proxy from being held and switched, found before anything is touched. Probes
 * only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "steps/port/traffic/pgbouncer_config.h"
#include "steps/port/traffic/pgbouncer_program.h"

enum {
    LEAST_KB = 65536,
    LEAST_MINOR = 12, /* PgBouncer 1.12: SHOW and SET as the guard uses them; 1.18 is what it was
                         tried with */
};

struct checking {
    struct pgbouncer *self;
    struct findings *out;
    struct arena *arena;
    const char *facts; /* host.sh's lines */
    struct pgbouncer_config config;
    const char *host;
};

static const char *fact(const struct checking *check, const char *key)
{
    size_t len = strlen(key);
    for (const char *at = check->facts; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncmp(at, key, len) == 0 && at[len] == '=')
            return arena_strndup(check->arena, at + len + 1, strcspn(at + len + 1, "\n"));
    return "";
}

#define ADD(level, name, remedy, ...)                                                              \
    findings_add(check->out, FINDING_##level, name, check->host, remedy, __VA_ARGS__)

static void check_program(const struct checking *check)
{
    struct utsname here;
    const char *machine = fact(check, "machine");
    if (!pgbouncer_program_path(check->arena))
        ADD(BLOCK, "guard_program", "install ece-guard beside ece-migrate",
            "the program 'ece-guard' is not on this host, so it cannot be put on the proxy host");
    if (uname(&here) == 0 && strcmp(here.machine, machine) != 0)
        ADD(BLOCK, "guard_machine", "run ece-migrate on a host of the same kind",
            "the proxy host is a '%s', this one a '%s': the guard would not run there", machine,
            here.machine);
    if (fact(check, "libpq")[0] == '\0')
        ADD(BLOCK, "guard_libpq", "apt-get install libpq5",
            "the proxy host has no libpq.so.5, which the guard needs");
}

static void check_place(const struct checking *check)
{
    if (strcmp(fact(check, "root"), "0") != 0)
        ADD(BLOCK, "guard_root", "name a user that is root in the migration file",
            "the guard must run as root");
    if (strcmp(fact(check, "state_noexec"), "0") != 0)
        ADD(BLOCK, "guard_place", "mount -o remount,exec /var/lib", "'/var/lib' is mounted noexec");
    if (strcmp(fact(check, "run_type"), "tmpfs") != 0)
        ADD(BLOCK, "guard_secrets", "mount a tmpfs at /run",
            "'/run' is '%s', not tmpfs: a secret would touch a disk", fact(check, "run_type"));
    if (atol(fact(check, "free_kb")) < LEAST_KB)
        ADD(BLOCK, "guard_space", "free some space there",
            "'/var/lib' has %s kB left, the guard wants %d kB", fact(check, "free_kb"), LEAST_KB);
    if (strcmp(fact(check, "config_dir"), "writable") != 0)
        ADD(BLOCK, "proxy_config", "make its directory writable for root",
            "the directory of '%s' cannot be written", check->self->service->traffic.config_file);
}

static void check_daemon(const struct checking *check)
{
    const struct spec_traffic *traffic = &check->self->service->traffic;
    const char *version = fact(check, "version");
    int major = 0, minor = 0;
    if (strcmp(fact(check, "processes"), "0") == 0) {
        ADD(BLOCK, "proxy_running", "start pgbouncer", "no pgbouncer runs here");
        return;
    }
    if (sscanf(version, "%d.%d", &major, &minor) != 2 || major != 1 || minor < LEAST_MINOR)
        ADD(BLOCK, "proxy_version", "upgrade pgbouncer to 1.18 or later",
            "pgbouncer is version '%s'", version);
    else
        ADD(PASS, "proxy_version", NULL, "pgbouncer %s", version);
    if (fact(check, "socket_user")[0] == '\0')
        ADD(BLOCK, "proxy_console",
            "set unix_socket_dir in pgbouncer.ini, or socket_dir in the migration file",
            "no socket '%s/.s.PGSQL.%u': the guard reaches the admin console by it",
            traffic->socket_dir, (unsigned)traffic->port);
    else if (strcmp(traffic->console_user, "pgbouncer") != 0)
        ADD(BLOCK, "proxy_console", "write \"pgbouncer\" as the console's user",
            "only the console user 'pgbouncer' is admitted over the socket without a password, not "
            "'%s'",
            traffic->console_user);
    else
        ADD(PASS, "proxy_console", NULL, "the console admits the system user '%s'",
            fact(check, "socket_user"));
}

static const char *pair(const struct checking *check, const struct pgbouncer_said *said,
                        const char *key)
{
    return pgbouncer_ini_pair(said->value, key, check->arena);
}

static void check_mode(const struct checking *check, const struct pgbouncer_said *entry)
{
    const struct pgbouncer_said *global =
        pgbouncer_config_find(&check->config, "pgbouncer", "pool_mode");
    const char *mode = pair(check, entry, "pool_mode");
    mode = mode ? mode : global ? global->value : "session";
    if (strcmp(mode, "session") == 0)
        ADD(BLOCK, "pool_mode", "set pool_mode = transaction, if the clients can live with it",
            "'%s' is pooled by session: a client that stays connected keeps the proxy from ever "
            "holding it",
            entry->key);
    else
        ADD(PASS, "pool_mode", NULL, "'%s' is pooled by %s", entry->key, mode);
    for (size_t i = 0; i < check->config.len; i++) {
        const struct pgbouncer_said *user = &check->config.said[i];
        const char *own =
            strcmp(user->section, "users") == 0 ? pair(check, user, "pool_mode") : NULL;
        if (own && strcmp(own, "session") == 0)
            ADD(BLOCK, "pool_mode", "set pool_mode = transaction for this user",
                "the user '%s' is pooled by session ('%s' line %zu)", user->key, user->path,
                user->line);
    }
}

/* The guard lets the pool not grow right before the hold; an entry with limits of its own is not
   bound by that. */
static void check_freeze(const struct checking *check, const struct pgbouncer_said *entry)
{
    const char *least = pair(check, entry, "min_pool_size");
    bool sized = pair(check, entry, "pool_size") || pair(check, entry, "reserve_pool");
    if (sized && pair(check, entry, "max_db_connections"))
        ADD(WARN, "pool_growth", "take max_db_connections and pool_size out of the entry",
            "'%s' has limits of its own, so its pool may grow at the hold: a client may then see "
            "one refused login",
            entry->key);
    else if (sized)
        ADD(WARN, "pool_growth", "take pool_size and reserve_pool out of the entry",
            "'%s' has a pool size of its own, so it is held before the source's door is closed: "
            "clients wait some milliseconds longer",
            entry->key);
    if (least && atoi(least) > 0)
        ADD(WARN, "pool_growth", "take min_pool_size out of the entry until the move is done",
            "'%s' has a min_pool_size of its own: the proxy may log in while it is held",
            entry->key);
}

/* The fence closes the whole source: whoever else is sent there by this proxy is cut off and not
 * switched. */
static int check_others(const struct checking *check, const struct pgbouncer_said *entry,
                        struct err *err)
{
    for (size_t i = 0; i < check->config.len; i++) {
        const struct pgbouncer_said *other = &check->config.said[i];
        struct pgbouncer_way way = pgbouncer_config_way(other, check->arena);
        enum traffic_points points = TRAFFIC_ELSEWHERE;
        if (other == entry || strcmp(other->section, "databases") != 0 || way.host[0] == '\0')
            continue;
        if (pgbouncer_points(check->self, way.host, way.port, &points, err) < 0)
            return -1;
        if (points == TRAFFIC_AT_SOURCE)
            ADD(WARN, "proxy_others",
                "move its clients to the entry that is switched, or expect them to be refused",
                "'%s' line %zu: the entry '%s' leads to the source too; the fence closes it and "
                "the switch leaves it behind",
                other->path, other->line, other->key);
    }
    return 0;
}

static int check_entry(const struct checking *check, struct err *err)
{
    const char *database = check->self->service->traffic.database;
    const struct pgbouncer_said *entry;
    enum traffic_points points;
    struct err why = ERR_INIT;
    if (pgbouncer_config_entry(&check->config, database, &entry, check->arena, &why) < 0) {
        ADD(BLOCK, "proxy_entry", "correct pgbouncer.ini and RELOAD", "%s", why.text);
        return 0;
    }
    struct pgbouncer_way way = pgbouncer_config_way(entry, check->arena);
    if (pgbouncer_points(check->self, way.host, way.port, &points, err) < 0)
        return -1;
    if (points != TRAFFIC_AT_SOURCE)
        ADD(BLOCK, "proxy_entry",
            "correct the entry, or the source's address in the migration file",
            "'%s' line %zu: the entry '%s' leads to %s port %u, not to the source", entry->path,
            entry->line, database, way.host, way.port);
    else
        ADD(PASS, "proxy_entry", NULL, "'%s' line %zu: '%s' leads to the source", entry->path,
            entry->line, database);
    check_mode(check, entry);
    check_freeze(check, entry);
    return check_others(check, entry, err);
}

/* With a clear-text password PgBouncer works out the SCRAM keys anew at each login to a server,
   4096 rounds in its only thread (measured: 5 to 25 ms, docs/performance.md); with the server's own
   SCRAM secret it logs in with what the client proved (pgbouncer.org/config.html, auth_file). */
static int check_logins(const struct checking *check, struct err *err)
{
    const struct pgbouncer_said *file =
        pgbouncer_config_find(&check->config, "pgbouncer", "auth_file");
    const char *out = "";
    if (!file || file->value[0] == '\0')
        return 0;
    const char *const argv[] = {file->value, NULL};
    if (pgbouncer_probe(check->self, "users.sh", argv, check->arena, &out, err) < 0)
        return -1;
    int clear = 0;
    if (sscanf(out, "clear=%d", &clear) == 1 && clear > 0)
        ADD(WARN, "proxy_logins",
            "write the secrets of the source's pg_authid (SCRAM-SHA-256$...) into auth_file "
            "instead",
            "'%s' has %d %s in clear text: each login at the target costs the proxy some "
            "milliseconds in which it serves nobody",
            file->value, clear, clear == 1 ? "password" : "passwords");
    else
        ADD(PASS, "proxy_logins", NULL, "'%s' has no password in clear text", file->value);
    return 0;
}

static int look(struct checking *check, struct err *err)
{
    const struct spec_traffic *traffic = &check->self->service->traffic;
    const char *const argv[] = {
        arena_printf(check->arena, "%s/.s.PGSQL.%u", traffic->socket_dir, (unsigned)traffic->port),
        traffic->config_file, check->self->dir, NULL};
    if (pgbouncer_probe(check->self, "host.sh", argv, check->arena, &check->facts, err) < 0)
        return -1;
    if (strcmp(fact(check, "end"), "1") != 0)
        return err_set(err, ERR_REMOTE, "the look at '%s' was cut off", check->host);
    return 0;
}

int pgbouncer_check(struct traffic *traffic, struct findings *out, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct checking check = {
        .self = self, .out = out, .arena = out->arena, .host = pgbouncer_host(self)->name};
    if (look(&check, err) < 0)
        return -1;
    check_program(&check);
    check_place(&check);
    check_daemon(&check);
    struct err why = ERR_INIT;
    if (pgbouncer_config_load(self, out->arena, &check.config, &why) < 0) {
        if (err_retry(why.code) == ERR_RETRY_LATER && why.code != ERR_REMOTE) {
            *err = why;
            return -1;
        }
        findings_add(out, FINDING_BLOCK, "proxy_config", check.host,
                     "correct the path in the migration file, or the file", "%s", why.text);
        return 0;
    }
    if (check_logins(&check, err) < 0)
        return -1;
    return check_entry(&check, err);
}
