/*
 * The traffic port: where the clients connect. hold (clients wait, none fails), switch, release,
 * all of it done by the guard on the proxy host, which this port installs, arms, listens to and
 * removes. check and see only probe; the others change.
 */
#ifndef STEPS_PORT_TRAFFIC_H
#define STEPS_PORT_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "steps/port/finding.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

enum traffic_points { TRAFFIC_AT_SOURCE, TRAFFIC_AT_TARGET, TRAFFIC_ELSEWHERE };

/* Which way an attempt takes the clients: to the target, or in a rollback back to the source. */
enum traffic_way { TRAFFIC_FORTH, TRAFFIC_BACK };

enum traffic_decision { TRAFFIC_UNDECIDED, TRAFFIC_COMMIT, TRAFFIC_CALL_OFF };

/* The three ends of an attempt, and "not yet". */
enum traffic_outcome { TRAFFIC_NO_OUTCOME, TRAFFIC_SWITCHED, TRAFFIC_RETURNED, TRAFFIC_HELD };

struct traffic_seen {
    enum traffic_points configured; /* what the proxy's configuration file says */
    enum traffic_points active;     /* what the running proxy uses */
    bool held;                      /* clients wait right now */
    bool installed;                 /* the guard's directory is there */
    bool guard_alive;               /* a guard process of ours runs */
    int64_t attempt;                /* of the newest attempt on the proxy host; 0 none */
    enum traffic_way way;           /* of that attempt, as the proxy host has it on record */
    enum traffic_decision decision; /* of that attempt */
    enum traffic_outcome outcome;   /* of that attempt, as the guard wrote it down */
    const char *reason;             /* why it was called off, naming the session that blocked; "" */
    const char *timeline;           /* JSON array of {"phase","at_us","took_us"}; "" */
    const char *final_position;     /* the log position where writes stopped; "" */
};

/* Told of each sub-phase as it happens ("hold", "fence", …); the time is since the hold began,
 * microseconds. */
typedef void traffic_watch(void *arg, const char *phase, int64_t at_us);

struct traffic;

struct traffic_ops {
    const char *name;
    struct traffic *(*open)(const struct spec *spec, const struct spec_service *service,
                            struct world *world);
    void (*close)(struct traffic *traffic);

    /* Pool mode, version, console rights, the entry that moves, who else uses it, libraries the
     * guard needs. Probes only. */
    int (*check)(struct traffic *traffic, struct findings *out, struct err *err);
    int (*see)(struct traffic *traffic, struct arena *arena, struct traffic_seen *out,
               struct err *err);

    /* Puts the guard's program, its plan (kit lines of the engine and our own) and both proxy
     * configurations on the proxy host, for attempts that go that way. Errors: REFUSED when the
     * clients are not where such an attempt begins. */
    int (*install)(struct traffic *traffic, enum traffic_way way, const char *kit, struct err *err);
    /* Starts the guard for an attempt: all its connections are open and warm when this returns. */
    int (*arm)(struct traffic *traffic, int64_t attempt, struct err *err);
    /* Runs the critical section of the armed attempt and waits for its end. outcome is one of the
       three. watch may be NULL. snapshots (database=snapshot pairs, NULL-terminated, in arena) stay
       valid until disarm. Errors: UNREACHABLE when the guard's voice is lost: the outcome is then
       unknown, see tells. */
    int (*cut)(struct traffic *traffic, traffic_watch *watch, void *arg, struct arena *arena,
               enum traffic_outcome *outcome, const char *const **snapshots, struct err *err);
    /* Lets the guard go (it gives up its snapshots and ends). */
    int (*disarm)(struct traffic *traffic, struct err *err);
    /* For an attempt whose guard is gone: obeys its decision. COMMIT: promote, switch, release.
       Otherwise: claims call-off, lifts the fence, releases. Idempotent; but each time it needs the
       secret (engine.h's kit_secret), which it takes away when it is done, as disarm does. */
    int (*finish)(struct traffic *traffic, struct arena *arena, enum traffic_outcome *outcome,
                  struct err *err);
    /* Guard's directory, secrets and spare configurations gone; the live configuration stays as it
     * points. */
    int (*remove)(struct traffic *traffic, struct err *err);
};

struct traffic {
    const struct traffic_ops *ops;
};

extern const struct traffic_ops traffic_pgbouncer;

#endif
