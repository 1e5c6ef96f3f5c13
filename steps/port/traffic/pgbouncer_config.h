/*
 * PgBouncer's configuration as the proxy host has it: the file with all that it includes, as one
 * list of what it says. Passwords in it are masked on the host already, so nothing secret travels
 * or is put on record.
 */
#ifndef TRAFFIC_PGBOUNCER_CONFIG_H
#define TRAFFIC_PGBOUNCER_CONFIG_H

#include "steps/port/traffic/pgbouncer.h"
#include "steps/port/traffic/pgbouncer_ini.h"

/* One setting and where it stands. */
struct pgbouncer_said {
    const char *section;
    const char *path; /* without symbolic links */
    size_t line;
    const char *key, *value;
};

struct pgbouncer_config {
    struct pgbouncer_said *said;
    size_t len, room;
};

/* Errors: REMOTE (missing file), SPEC (broken, or an include that is no full path), UNREACHABLE. */
int pgbouncer_config_load(struct pgbouncer *self, struct arena *arena, struct pgbouncer_config *out,
                          struct err *err) MUST_CHECK;
/* The last setting of that name, or NULL. */
const struct pgbouncer_said *pgbouncer_config_find(const struct pgbouncer_config *config,
                                                   const char *section, const char *key);
size_t pgbouncer_config_count(const struct pgbouncer_config *config, const char *section,
                              const char *key);

/* Where an entry of [databases] leads. host is "" when it names none (a Unix socket of the proxy's
 * own host). */
struct pgbouncer_way {
    const char *host;
    unsigned port;
};
struct pgbouncer_way pgbouncer_config_way(const struct pgbouncer_said *entry, struct arena *arena);

/* The one entry that moves. Errors: SPEC with what to write instead (none, only '*', several,
 * without host=). */
int pgbouncer_config_entry(const struct pgbouncer_config *config, const char *database,
                           const struct pgbouncer_said **out, struct arena *arena,
                           struct err *err) MUST_CHECK;

#endif
