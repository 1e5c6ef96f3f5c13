/*
 * Reads what the guard tells; see pgbouncer_told.h.
 */
#include "steps/port/traffic/pgbouncer_told.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

const char *pgbouncer_told_after(const char *line, const char *word)
{
    size_t len = strlen(word);
    return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

enum traffic_outcome pgbouncer_told_outcome(const char *text)
{
    static const struct {
        const char *name;
        enum traffic_outcome outcome;
    } ends[] = {
        {"switched", TRAFFIC_SWITCHED}, {"returned", TRAFFIC_RETURNED}, {"held", TRAFFIC_HELD}};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (str_starts(text, ends[i].name))
            return ends[i].outcome;
    return TRAFFIC_NO_OUTCOME;
}

void pgbouncer_told_begin(struct pgbouncer_told *told, struct arena *arena, traffic_watch *watch,
                          void *arg)
{
    *told = (struct pgbouncer_told){.arena = arena, .watch = watch, .arg = arg};
    told->snapshot = ARENA_ARRAY(arena, const char *, 1);
}

static void take_snapshot(struct pgbouncer_told *told, const char *text)
{
    const char **longer = ARENA_ARRAY(told->arena, const char *, told->snapshots + 2);
    if (told->snapshots > 0)
        memcpy(longer, told->snapshot, told->snapshots * sizeof(*longer));
    longer[told->snapshots++] = arena_strdup(told->arena, text);
    told->snapshot = longer;
}

static void take_phase(const struct pgbouncer_told *told, const char *text)
{
    char name[32];
    int64_t at_us = 0;
    if (told->watch && sscanf(text, "%31s %" SCNd64, name, &at_us) == 2)
        told->watch(told->arg, name, at_us);
}

void pgbouncer_told_line(struct pgbouncer_told *told, const char *line)
{
    const char *text = pgbouncer_told_after(line, "phase");
    if (text)
        take_phase(told, text);
    else if ((text = pgbouncer_told_after(line, "snapshot")) != NULL)
        take_snapshot(told, text);
    else if ((text = pgbouncer_told_after(line, "outcome")) != NULL)
        told->outcome = pgbouncer_told_outcome(text);
}

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

static void take_outcome(const json_t *outcome, struct arena *arena, struct traffic_seen *out)
{
    const json_t *timeline = json_object_get(outcome, "timeline");
    out->outcome = pgbouncer_told_outcome(text_of(outcome, "outcome", arena));
    out->reason = text_of(outcome, "reason", arena);
    out->final_position = text_of(outcome, "position", arena);
    if (json_array_size(timeline) > 0)
        out->timeline = json_text(timeline, arena);
}

static unsigned port_of(const char *text)
{
    int64_t port = 0;
    return str_to_i64(text, &port) == 0 && port > 0 && port <= UINT16_MAX ? (unsigned)port : 0;
}

int pgbouncer_told_look(const char *text, struct arena *arena, struct traffic_seen *out,
                        struct pgbouncer_look *look)
{
    json_t *root CLEANUP(json_cleanup) = json_loads(text, 0, NULL);
    if (!json_is_object(root))
        return -1;
    out->attempt = json_integer_value(json_object_get(root, "attempt"));
    out->way = strcmp(text_of(root, "way", arena), "back") == 0 ? TRAFFIC_BACK : TRAFFIC_FORTH;
    out->guard_alive = json_is_true(json_object_get(root, "alive"));
    out->held = json_is_true(json_object_get(root, "paused"));
    out->decision = decision_of(text_of(root, "decision", arena));
    take_outcome(json_object_get(root, "outcome"), arena, out);
    *look = (struct pgbouncer_look){
        .host = text_of(root, "active_host", arena),
        .port = port_of(text_of(root, "active_port", arena)),
        .console_error = text_of(root, "console_error", arena),
    };
    return 0;
}
