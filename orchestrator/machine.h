/*
 * The two machines as tables: the network track and the service track. Run, dry run, resume, the
 * way back, `graph`, the README's picture and the reachability test all come from these rows;
 * nothing else knows the order of things.
 *
 *   network   preflight → tunnel-up → services → tunnel-down → audit → done
 *   service   seed → follow → catch-up → compare → approve → cutover → soak → retire → done
 *
 * The way back runs a row's step with the goal absent and then goes to the row named in `back`; at
 * its end stands `aborted`. Behind the decision there is only forward, but for `soak`: while it
 * keeps the old source in step, a rollback goes back to `cutover`, which cuts the clients back.
 */
#ifndef ORCHESTRATOR_MACHINE_H
#define ORCHESTRATOR_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "steps/step.h"

/* Raised whenever a row changes its meaning, so that a migration that was begun with other rows is
 * noticed. */
#define MACHINE_VERSION 2

enum machine_flag {
    MACHINE_CARRIES = 1, /* network: while the track stands here the service tracks move */
    MACHINE_DECIDES = 2, /* service: the clients move here */
    MACHINE_END = 4,
};

struct machine_row {
    const char *phase;
    const struct step *step; /* NULL at an end */
    enum step_goal goal;     /* on the way forward */
    const char *next;        /* NULL at an end */
    const char *back;        /* NULL: no way back from here */
    int64_t deadline_s; /* without progress, before a person is asked; 0: as long as it takes */
    unsigned flags;
    const char *story;
};

struct machine {
    const char *name; /* "network", "service" */
    const struct machine_row *row;
    size_t rows;
};

extern const struct machine machine_network;
extern const struct machine machine_service;

/* The row of a phase, or NULL. */
const struct machine_row *machine_find(const struct machine *machine, const char *phase);
/* Whether the row lies behind the decision: the clients are at the target. */
bool machine_is_decided(const struct machine *machine, const struct machine_row *row);
const struct machine_row *machine_first(const struct machine *machine);

/* Refuses a table with a phase that nothing reaches, a name that leads nowhere, a row that never
   gets to an end, forward or back, or two ends of one name. Called at start-up. Errors: INTERNAL
   naming the row. */
int machine_check(const struct machine *machine, struct err *err) MUST_CHECK;

/* Appends the machines as one Mermaid state diagram. now may be NULL, or the phase to mark in each.
 */
void machine_mermaid(struct str *out, const char *network_now, const char *service_now);

#endif
