/*
 * Requests: what people ask of a running migration from another process (approve, abort, roll
 * back, end the rollback window). A row each; the runner reads them between actions and marks them
 * as seen. Each is journaled when it is made.
 */
#ifndef STATE_REQUEST_H
#define STATE_REQUEST_H

#include "state/lease.h"
#include "state/store.h"

enum request_kind { REQUEST_APPROVE, REQUEST_ABORT, REQUEST_ROLLBACK, REQUEST_END_WINDOW };
#define REQUEST_KINDS 4
const char *request_kind_name(enum request_kind kind);

struct request {
    int64_t id;
    enum request_kind kind;
    const char *track; /* the service, or "" for all */
    const char *who;
    const char *spec_hash; /* what the person approved */
    const char *comment;
    int64_t wall_us;
    bool seen;
};

/* In a transaction of its own, with its journal row. Errors: STATE. */
int request_make(struct store *store, const char *migration, const struct request *request,
                 struct err *err) MUST_CHECK;
/* All of a migration, oldest first. */
int request_read(struct store *store, const char *migration, struct arena *arena,
                 struct request **out, size_t *out_len, struct err *err) MUST_CHECK;
/* Inside a transaction of lease_begin. */
int request_mark_seen(struct store *store, int64_t id, struct err *err) MUST_CHECK;

#endif
