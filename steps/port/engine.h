/*
 * The engine port: a database that is copied, followed, and switched. A driver is one const table
 * of slots. check, see and compare only probe; the others change. Every changing slot is
 * idempotent: one whose effect already holds succeeds.
 *
 * The critical section itself runs in the guard, on the proxy host (steps/guard): the engine hands
 * it what it needs (kit).
 */
#ifndef STEPS_PORT_ENGINE_H
#define STEPS_PORT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "steps/port/finding.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

enum engine_presence { ENGINE_ABSENT, ENGINE_PARTIAL, ENGINE_PRESENT, ENGINE_FOREIGN };
enum engine_server { ENGINE_DOWN, ENGINE_STARTING, ENGINE_STANDBY, ENGINE_PRIMARY };
enum engine_copy {
    ENGINE_COPY_NONE,    /* the target's data directory is empty or missing */
    ENGINE_COPY_RUNNING, /* our copy job is at work */
    ENGINE_COPY_BROKEN,  /* our copy job ended badly, or its host restarted: begin again */
    ENGINE_COPY_DONE,
    ENGINE_COPY_FOREIGN, /* there is data, and it is not ours */
};

/* Between which sides: from the source to the target, or in a rollback back again. */
enum engine_way { ENGINE_FORTH, ENGINE_BACK };

struct engine_seen {
    struct {
        enum engine_server server;   /* in a rollback window: a standby of the target */
        bool fenced;                 /* new sessions are refused */
        enum engine_presence access; /* our role and our pg_hba lines */
        enum engine_presence slot;
        bool slot_active;
        bool slot_lost; /* the server has thrown away what the slot needs: the copy must begin again
                         */
        int64_t held_bytes;      /* log that the slot holds back */
        int64_t held_free_bytes; /* space left where it piles up */
        uint64_t position;       /* where the log ends */
        int64_t size_bytes;      /* of all databases */
        int64_t write_rate;      /* log bytes a second since the last look; -1 unknown */
        const char *config_hash; /* of the configuration files without our lines: the same as before
                                    we came */
    } source;
    struct {
        enum engine_server server;
        bool fenced;                 /* new sessions are refused: a rollback closed it */
        enum engine_presence access; /* our settings and pg_hba lines */
        enum engine_copy copy;
        int64_t copied_bytes, total_bytes; /* of the copy; total 0 unknown */
        uint64_t received, applied;        /* log positions */
        bool streaming;                    /* connected to the source right now */
        const char *copy_error;            /* last line of a broken copy's log; "" */
        int64_t canary;                    /* the newest canary that arrived; 0 none */
    } target;
    /* The link back, once the clients are at the target: the old source follows it. Only where a
       rollback window is asked for; ABSENT and NONE otherwise. */
    struct {
        enum engine_presence access; /* a slot at the target, and what the old source needs for it
                                      */
        enum engine_copy rewind;     /* of the old source's data onto the target's: DONE when it can
                                        follow */
        const char *rewind_error;    /* last line of a broken rewind's log; "" */
        bool slot_lost;              /* the target has thrown away what the old source needs */
        bool streaming;
        int64_t held_bytes;        /* log that the slot at the target holds back */
        int64_t lag_bytes, lag_ms; /* of the old source; -1 unknown */
    } back;
    int64_t lag_bytes; /* source position minus applied; -1 unknown */
    int64_t lag_ms; /* age of the newest applied commit while there is more to apply; 0 when all is
                       applied; -1 unknown */
};

/* What compare found. */
struct engine_comparison {
    bool equal;
    int64_t tables, rows, bytes;
    const char
        *what; /* the first difference in words, or what was compared and at which position */
};

struct engine;

struct engine_ops {
    const char *name;

    /* Makes a driver for this service. Touches nothing. */
    struct engine *(*open)(const struct spec *spec, const struct spec_service *service,
                           struct world *world, struct clock clock);
    void (*close)(struct engine *engine);

    /* Everything that would keep the move from working, on both sides. Probes only. */
    int (*check)(struct engine *engine, struct findings *out, struct err *err);
    /* The truth. An unreachable side is an error; a target whose server is down is not. */
    int (*see)(struct engine *engine, struct arena *arena, struct engine_seen *out,
               struct err *err);

    /* Source: role and pg_hba lines of our own, the fence file (open), a slot; target: passfile,
     * pg_hba lines. */
    int (*grant)(struct engine *engine, struct err *err);
    /* Starts the copy on the target host as a job that outlives us; it pulls straight through the
     * tunnel. */
    int (*copy_start)(struct engine *engine, struct err *err);
    /* Removes what a broken copy of ours left. Refuses (FOREIGN) what is not ours. */
    int (*copy_clear)(struct engine *engine, struct err *err);
    /* Makes the copy a standby of the source and starts it. */
    int (*follow_start)(struct engine *engine, struct err *err);
    /* Makes a standby whose link hangs reconnect at once. */
    int (*follow_kick)(struct engine *engine, struct err *err);
    /* Source: lets go of the log that the slot holds back, before it fills the disk. The copy must
       then begin again. Nothing else goes: grant makes a slot anew. */
    int (*slot_drop)(struct engine *engine, struct err *err);
    /* Writes canary number n at the source; it has arrived when see says so. */
    int (*canary_write)(struct engine *engine, int64_t n, struct err *err);
    /* Before the cutover: same databases, schemas, relation sizes; what can be said while writes go
     * on. Probes only. */
    int (*compare_live)(struct engine *engine, struct arena *arena, struct engine_comparison *out,
                        struct err *err);

    /* Before the pause: checkpoints on both sides, log aligned, settings. Not in the critical
     * section; takes seconds. */
    int (*cutover_prepare)(struct engine *engine, enum engine_way way, struct err *err);
    /* Appends key=value lines for the guard's plan (steps/guard/plan.h). No secrets: those are in
     * passfiles. BACK: the guard's source is the target, and its target the old source. */
    int (*kit)(struct engine *engine, enum engine_way way, struct arena *arena, struct str *out,
               struct err *err);
    /* Writes the passfile of our role to a host (the proxy), at path, 0600. */
    int (*kit_secret)(struct engine *engine, const struct spec_host *host, const char *path,
                      struct err *err);
    /* After the cutover: content of the fenced side against the snapshots of the other that the
       guard exported at the cut ("database=snapshot" pairs, NULL-terminated). Probes only. */
    int (*compare_final)(struct engine *engine, enum engine_way way, const char *const *snapshots,
                         struct arena *arena, struct engine_comparison *out, struct err *err);

    /* The rollback window, after a cutover and before retire; the old source stays closed to
     * everybody but us all along. Target: a slot for the old source; source: what it needs to get
     * in. */
    int (*back_grant)(struct engine *engine, struct err *err);
    /* Stops the old source and takes its data to where the target's history left it, as a job on
       its host that outlives us and pulls straight through the tunnel. Its configuration stays its
       own. */
    int (*back_rewind)(struct engine *engine, struct err *err);
    /* Makes the rewound source a standby of the target and starts it; closes it again when a
     * rollback that was called off had opened it. */
    int (*back_follow)(struct engine *engine, struct err *err);
    /* Makes its link connect anew at once. */
    int (*back_kick)(struct engine *engine, struct err *err);
    /* Lets go of the log that the target holds back for the old source, which then cannot follow
       any more; the server stays for source_retire. A source that never followed stays as it is. */
    int (*back_stop)(struct engine *engine, struct err *err);

    /* After the cutover, target: our settings, lines, role and files go; it is a plain primary. */
    int (*target_release)(struct engine *engine, struct err *err);
    /* After the cutover, source: slot and role go, the server is stopped, its data directory marked
       so that it can only come up read-only, then its configuration is put back byte for byte. */
    int (*source_retire)(struct engine *engine, struct err *err);

    /* The way back before the decision, or after a rollback. Target: server stopped, our copy and
       files removed. Errors: REFUSED when it may hold what clients wrote, and the source does not.
     */
    int (*target_abandon)(struct engine *engine, struct err *err);
    /* Source: fence opened, slot, role, lines, files gone. */
    int (*revoke)(struct engine *engine, struct err *err);
};

struct engine {
    const struct engine_ops *ops;
    int64_t
        path_bytes_per_s; /* what the tunnel was measured to carry, told by the step; 0 unknown */
};

extern const struct engine_ops engine_postgresql;

#endif
