/*
 * The migrations in the store: the migration file as it was when the migration was made (frozen,
 * with its SHA-256), and where each track stands. Approvals name the hash.
 */
#ifndef STATE_MIGRATION_H
#define STATE_MIGRATION_H

#include "state/lease.h"
#include "state/store.h"

struct migration {
    const char *id;
    const char *spec_text; /* the migration file, byte for byte */
    const char *spec_hash; /* hex SHA-256 of it */
    const char *state;     /* "running", "done", "aborting", "aborted" */
    int64_t created_us;
    int64_t machine_version; /* of the phase tables it goes by: at first those it was begun with */
};

enum track_state {
    TRACK_ACTIVE,
    TRACK_WAITING, /* for something that comes by itself: lag, a copy */
    TRACK_PARKED,  /* for a person */
    TRACK_DONE,
};
struct track {
    const char *name; /* "network" or the service's name */
    const char *phase;
    const char *goal; /* "present" or "absent": the direction it moves in */
    enum track_state state;
    const char *reason;     /* why it waits or is parked; "" otherwise */
    int64_t attempt;        /* of this phase, from 1 */
    int64_t phase_since_us; /* wall clock: when it entered the phase */
};
const char *track_state_name(enum track_state state);

/* Makes the migration's row and its track rows in one transaction, and the first journal row.
 * Errors: STATE (exists already). */
int migration_create(struct store *store, const char *id, const char *spec_text,
                     int64_t machine_version, const struct track *tracks, size_t ntracks,
                     struct err *err) MUST_CHECK;
/* Errors: STATE (no such migration; the message lists those there are). id NULL: the only one in
 * the store. */
int migration_load(struct store *store, const char *id, struct arena *arena, struct migration *out,
                   struct err *err) MUST_CHECK;
int migration_list(struct store *store, struct arena *arena, struct migration **out,
                   size_t *out_len, struct err *err) MUST_CHECK;
int migration_tracks(struct store *store, const char *id, struct arena *arena, struct track **out,
                     size_t *out_len, struct err *err) MUST_CHECK;
/* Whether there is one of that id. Errors: STATE, MEMORY, BUSY. */
int migration_find(struct store *store, const char *id, bool *out, struct err *err) MUST_CHECK;

/* Inside a transaction of lease_begin. */
int migration_set_state(struct store *store, const char *id, const char *state,
                        struct err *err) MUST_CHECK;
/* It goes by other phase tables from now on. */
int migration_set_machine(struct store *store, const char *id, int64_t machine_version,
                          struct err *err) MUST_CHECK;
int migration_put_track(struct store *store, const char *id, const struct track *track,
                        struct err *err) MUST_CHECK;

/* Lower-case hex SHA-256; out holds 65 bytes. Here because approvals and the journal name things by
 * it. */
void migration_hash(char out[65], const void *bytes, size_t len);

#endif
