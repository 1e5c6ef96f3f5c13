/*
 * The traffic driver `pgbouncer`, inside: what its files share. The critical section itself is the
 * guard's (steps/guard), a program that this driver puts on the proxy host, starts over SSH and
 * listens to.
 */
#ifndef TRAFFIC_PGBOUNCER_H
#define TRAFFIC_PGBOUNCER_H

#include "base/arena.h"
#include "base/err.h"
#include "steps/port/traffic.h"
#include "steps/wire/remote.h"

struct pgbouncer {
    struct traffic base;
    const struct spec *spec;
    const struct spec_service *service;
    struct world *world;
    struct arena *arena;          /* as long as the driver */
    const char *dir;              /* of the guard: /var/lib/ece-migrate-ID */
    const char *run_dir;          /* of its secrets, on tmpfs: /run/ece-ID */
    const char *program;          /* the guard, in dir */
    struct remote_stream *stream; /* to the armed guard; NULL */
};

struct pgbouncer *pgbouncer_of(struct traffic *traffic);
const struct spec_host *pgbouncer_host(const struct pgbouncer *self);

/* Runs one of our scripts (pgbouncer/NAME) on the proxy host. argv ends with NULL. Errors: as
 * remote_probe_ok. */
int pgbouncer_probe(struct pgbouncer *self, const char *name, const char *const *argv,
                    struct arena *arena, const char **out, struct err *err) MUST_CHECK;
int pgbouncer_change(struct pgbouncer *self, const char *name, const char *const *argv,
                     struct arena *arena, const char **out, struct err *err) MUST_CHECK;

/* Where an address of the proxy's configuration leads. A name is looked up on the proxy host. */
int pgbouncer_points(struct pgbouncer *self, const char *host, unsigned port,
                     enum traffic_points *out, struct err *err) MUST_CHECK;

/* The slots, one file each. */
int pgbouncer_check(struct traffic *traffic, struct findings *out, struct err *err);
int pgbouncer_see(struct traffic *traffic, struct arena *arena, struct traffic_seen *out,
                  struct err *err);
int pgbouncer_install(struct traffic *traffic, enum traffic_way way, const char *kit,
                      struct err *err);
int pgbouncer_remove(struct traffic *traffic, struct err *err);
int pgbouncer_arm(struct traffic *traffic, int64_t attempt, struct err *err);
int pgbouncer_cut(struct traffic *traffic, traffic_watch *watch, void *arg, struct arena *arena,
                  enum traffic_outcome *outcome, const char *const **snapshots, struct err *err);
int pgbouncer_disarm(struct traffic *traffic, struct err *err);
int pgbouncer_finish(struct traffic *traffic, struct arena *arena, enum traffic_outcome *outcome,
                     struct err *err);

#endif
