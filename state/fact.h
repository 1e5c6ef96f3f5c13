/*
 * Facts: what a later moment needs and nobody can observe again, such as the log position where
 * writes stopped, or the snapshot of a gateway before we touched it. Small texts by name; a fact is
 * written in the transaction that stores the outcome of the action that found it. Never a secret.
 */
#ifndef STATE_FACT_H
#define STATE_FACT_H

#include "state/lease.h"
#include "state/store.h"

/* Inside a transaction of lease_begin. A second put of the same name replaces it. track: "network"
 * or a service's name. Errors: INTERNAL (the value holds a secret), STATE. */
int fact_put(struct store *store, const char *migration, const char *track, const char *name,
             const char *value, struct err *err) MUST_CHECK;

struct fact {
    const char *track, *name, *value;
};
struct facts {
    size_t len;
    struct fact *fact;
};
/* All facts of a migration. */
int fact_read(struct store *store, const char *migration, struct arena *arena, struct facts *out,
              struct err *err) MUST_CHECK;
/* The value, or NULL. */
const char *fact_find(const struct facts *facts, const char *track, const char *name);

#endif
