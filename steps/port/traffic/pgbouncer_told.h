/*
 * What the guard tells this driver, read: the lines of an armed guard (steps/guard/worker.h) and
 * the one line of JSON of its `see`. Pure: no I/O; what came in may be cut off or no word of the
 * guard's at all.
 */
#ifndef TRAFFIC_PGBOUNCER_TOLD_H
#define TRAFFIC_PGBOUNCER_TOLD_H

#include "base/arena.h"
#include "base/attr.h"
#include "steps/port/traffic.h"

/* What stands after a word and a blank, or NULL when the line begins with another. */
const char *pgbouncer_told_after(const char *line, const char *word);

/* "switched", "returned" or "held" at the beginning of a text; NO_OUTCOME for anything else. */
enum traffic_outcome pgbouncer_told_outcome(const char *text);

/* A cut, as it comes in line by line. */
struct pgbouncer_told {
    struct arena *arena;
    traffic_watch *watch; /* NULL: nobody wants to know */
    void *arg;
    const char **snapshot; /* NULL-terminated; never NULL itself */
    size_t snapshots;
    enum traffic_outcome outcome;
};
void pgbouncer_told_begin(struct pgbouncer_told *told, struct arena *arena, traffic_watch *watch,
                          void *arg);
/* Takes one line; one of no meaning to us is passed over. */
void pgbouncer_told_line(struct pgbouncer_told *told, const char *line);

/* How things stand by the guard's own look. Texts are in arena, "" when there are none. */
struct pgbouncer_look {
    const char *host; /* where the running proxy sends the clients; "" when its console is mute */
    unsigned port;    /* 0 when it is none */
    const char *console_error;
};
/* Fills attempt, way, guard_alive, held, decision, outcome, reason, final_position and timeline of
   out, and leaves the rest. Returns 0, or -1 when the text is no JSON object. */
int pgbouncer_told_look(const char *text, struct arena *arena, struct traffic_seen *out,
                        struct pgbouncer_look *look) MUST_CHECK;

#endif
