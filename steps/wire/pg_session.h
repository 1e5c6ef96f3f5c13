/*
 * What the pg*.c files share: the inside of a session. Nobody else includes it.
 */
#ifndef STEPS_WIRE_PG_SESSION_H
#define STEPS_WIRE_PG_SESSION_H

#include <libpq-fe.h>

#include "steps/wire/deadline.h"
#include "steps/wire/pg.h"
#include "steps/wire/ssh.h"

#define PG_DEFAULT_MS   10000
#define PG_SQLSTATE_LEN 5

struct pg {
    PGconn *conn;
    struct world *world;
    const struct spec_endpoint *endpoint;
    struct ssh_forward *forward; /* NULL: straight to the server */
    int64_t timeout_ms;          /* the session's statement_timeout as it is now */
    bool lost;                   /* nothing can be asked any more */
    bool pinned;                 /* probes run in the transaction that pg_pin began */
    char sqlstate[PG_SQLSTATE_LEN + 1];
};

/* Sends what libpq holds and waits until the server may have answered. False when the deadline
 *passed; ok becomes false when the connection is lost. */
bool pg_wait(struct pg *pg, const struct deadline *deadline, bool *ok);

/* The code that an SQLSTATE stands for (PostgreSQL manual, appendix A). "" is a lost connection. */
enum err_code pg_code_of(const char *sqlstate);

#endif
