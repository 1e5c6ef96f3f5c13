/*
 * PostgreSQL sessions by libpq: through direct-tcpip of an SSH connection to the endpoint's host (a
 * loopback listener that takes libpq's own socket only, and a pump), or straight to the server when
 * the endpoint has no host. Two kinds of call: a probe is read-only for the server too and undone,
 * a change may change. The only module that names PQ* in the program; the guard is a program of its
 * own.
 */
#ifndef STEPS_WIRE_PG_H
#define STEPS_WIRE_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

struct pg;

/* A session as the endpoint's admin user, in database (NULL: its admin database). TLS is
   verify-full when ca_file is set; otherwise, through SSH, what the server offers (the SSH host key
   proves the host), and without SSH required, with channel binding. At most 10 s for SSH and 5 s
   for the server. Errors: UNREACHABLE (nobody listens, starting up, TLS), AUTH (password, pg_hba,
   SSH login), DATABASE (no such database, too many clients), SPEC (secret). */
int pg_open(struct pg **out, struct world *world, const struct spec_endpoint *endpoint,
            const char *database, struct err *err) MUST_CHECK;
/* A session as another user with that password; otherwise as above, but always through the host's
   SSH connection: a fenced server lets our own role in from its own addresses only. Errors: as
   above. */
int pg_open_as(struct pg **out, struct world *world, const struct spec_endpoint *endpoint,
               const char *database, const char *user, const struct secret *password,
               struct err *err) MUST_CHECK;
void pg_close(struct pg *pg); /* NULL is fine */
void pg_cleanup(struct pg **pg);

struct pg_rows {
    size_t rows, cols;
    const char **cell; /* cell[row * cols + col], NULL for SQL NULL; in the arena */
    int64_t affected;
};

/* One statement with text parameters ($1 …). A probe runs in a read-only transaction.
   statement_timeout is timeout_ms (0: 10 s). Errors: DATABASE (the server's message with its
   SQLSTATE in the text), TIMEOUT (ended by the server at the limit, SQLSTATE 57014, or no answer:
   the session is lost then), UNREACHABLE (connection lost: a change is then unknown), DRY. */
int pg_probe(struct pg *pg, const char *sql, const char *const *params, size_t nparams,
             int64_t timeout_ms, struct arena *arena, struct pg_rows *out,
             struct err *err) MUST_CHECK;
int pg_change(struct pg *pg, const char *sql, const char *const *params, size_t nparams,
              int64_t timeout_ms, struct arena *arena, struct pg_rows *out,
              struct err *err) MUST_CHECK;

/* From now on all probes of the session see one moment, in one read-only REPEATABLE READ
   transaction: this moment (snapshot NULL), or the one that another session of the same database
   exported. A probe that fails ends it: pin again. Errors: DATABASE (no such snapshot any more),
   UNREACHABLE. */
int pg_pin(struct pg *pg, const char *snapshot, struct err *err) MUST_CHECK;
void pg_unpin(struct pg *pg);

/* One value as text in arena; NULL when there is no row or it is SQL NULL. */
int pg_probe_value(struct pg *pg, const char *sql, struct arena *arena, const char **out,
                   struct err *err) MUST_CHECK;

/* The SCRAM verifier of a password for CREATE ROLE … PASSWORD, computed here, so that no server log
 * ever sees the password. */
int pg_scram_verifier(struct pg *pg, const char *user, const struct secret *password,
                      struct arena *arena, const char **out, struct err *err) MUST_CHECK;
/* An identifier or literal, quoted by libpq's rules. */
const char *pg_quote_ident(struct pg *pg, const char *name, struct arena *arena);
const char *pg_quote_literal(struct pg *pg, const char *text, struct arena *arena);

/* SQLSTATE of the last error of the session, "" when there was none. */
const char *pg_sqlstate(const struct pg *pg);

/* "0/3000060" as a number and back; buf holds PG_LSN_TEXT bytes. Errors: DATABASE (not a log
 * position). */
#define PG_LSN_TEXT 24
int pg_lsn_parse(const char *text, uint64_t *out, struct err *err) MUST_CHECK;
const char *pg_lsn_text(char buf[PG_LSN_TEXT], uint64_t lsn);

#endif
