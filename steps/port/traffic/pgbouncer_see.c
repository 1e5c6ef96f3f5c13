/*
 * How things stand on the proxy host: where its configuration points, and, once the guard is
 * installed, what the guard sees and wrote down.
 */
#include <string.h>

#include "base/json.h"
#include "steps/port/traffic/pgbouncer_config.h"

static const char *text_of(const json_t *object, const char *key, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(object, key));
    return arena_strdup(arena, text ? text : "");
}

static enum traffic_decision decision_of(const char *name)
{
    return strcmp(name, "commit") == 0     ? TRAFFIC_COMMIT
           : strcmp(name, "call-off") == 0 ? TRAFFIC_CALL_OFF
                                           : TRAFFIC_UNDECIDED;
}

static enum traffic_outcome outcome_of(const char *name)
{
    return strcmp(name, "switched") == 0   ? TRAFFIC_SWITCHED
           : strcmp(name, "returned") == 0 ? TRAFFIC_RETURNED
           : strcmp(name, "held") == 0     ? TRAFFIC_HELD
                                           : TRAFFIC_NO_OUTCOME;
}

static void take_outcome(const json_t *outcome, struct arena *arena, struct traffic_seen *out)
{
    const json_t *timeline = json_object_get(outcome, "timeline");
    out->outcome = outcome_of(text_of(outcome, "outcome", arena));
    out->reason = text_of(outcome, "reason", arena);
    out->final_position = text_of(outcome, "position", arena);
    if (json_array_size(timeline) > 0)
        out->timeline = json_text(timeline, arena);
}

static int take(struct pgbouncer *self, const json_t *root, struct arena *arena,
                struct traffic_seen *out, struct err *err)
{
    int64_t port = 0;
    out->attempt = json_integer_value(json_object_get(root, "attempt"));
    out->guard_alive = json_is_true(json_object_get(root, "alive"));
    out->held = json_is_true(json_object_get(root, "paused"));
    out->decision = decision_of(text_of(root, "decision", arena));
    take_outcome(json_object_get(root, "outcome"), arena, out);
    const char *host = text_of(root, "active_host", arena);
    if (host[0] == '\0' || str_to_i64(text_of(root, "active_port", arena), &port) < 0)
        return err_set(err, ERR_REMOTE, "the proxy's console on '%s' cannot be asked: %s",
                       pgbouncer_host(self)->name, text_of(root, "console_error", arena));
    return pgbouncer_points(self, host, (unsigned)port, &out->active, err);
}

/* The guard's own look: one line of JSON. */
static int see_guard(struct pgbouncer *self, struct arena *arena, struct traffic_seen *out,
                     struct err *err)
{
    const char *const argv[] = {self->program, "see", self->dir, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    json_error_t why;
    if (remote_probe(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return -1;
    json_t *root CLEANUP(json_cleanup) = json_loads(reply.out, 0, &why);
    if (!json_is_object(root))
        return err_set(err, ERR_REMOTE, "the guard on '%s' does not tell how things stand: %.200s",
                       pgbouncer_host(self)->name, reply.out_len > 0 ? reply.out : reply.errout);
    return take(self, root, arena, out, err);
}

static int is_installed(struct pgbouncer *self, struct arena *arena, bool *out, struct err *err)
{
    const char *const argv[] = {"test", "-e", arena_printf(arena, "%s/plan", self->dir), NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    if (remote_probe(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return -1;
    *out = reply.status == 0;
    return 0;
}

int pgbouncer_see(struct traffic *traffic, struct arena *arena, struct traffic_seen *out,
                  struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct pgbouncer_config config;
    const struct pgbouncer_said *entry;
    *out = (struct traffic_seen){.reason = "", .timeline = "", .final_position = ""};
    if (pgbouncer_config_load(self, arena, &config, err) < 0 ||
        pgbouncer_config_entry(&config, self->service->traffic.database, &entry, arena, err) < 0)
        return -1;
    struct pgbouncer_way way = pgbouncer_config_way(entry, arena);
    if (pgbouncer_points(self, way.host, way.port, &out->configured, err) < 0)
        return -1;
    /* Without the guard the console cannot be asked: nothing of ours holds anybody, and the file is
     * what was loaded. */
    out->active = out->configured;
    if (is_installed(self, arena, &out->installed, err) < 0)
        return -1;
    return out->installed ? see_guard(self, arena, out, err) : 0;
}
