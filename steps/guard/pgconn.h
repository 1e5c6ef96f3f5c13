/*
 * One session by libpq, never blocking: each call has a deadline (until.h) and waits by poll. A
 * statement is sent, then collected, so that several sessions can work at once. The only module of
 * the guard that names PQ*. Speaks to PostgreSQL and to PgBouncer's console alike (simple queries
 * only: the console knows no others).
 */
#ifndef GUARD_PGCONN_H
#define GUARD_PGCONN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "steps/guard/until.h"

struct pg_conn;
struct pg_result;

struct pgconn {
    const char *what;         /* names it in errors: "the source" */
    struct pg_conn *pg;       /* NULL: not open */
    struct pg_result *result; /* of the last statement that was collected */
    bool busy;                /* a statement was sent and not collected yet */
};

/* Opens a session. database overrides the one in keywords; NULL leaves it. what must outlive it.
   One that was open is closed first. Errors: UNREACHABLE with the server's words; TIMEOUT,
   INTERRUPTED. */
int pgconn_open(struct pgconn *out, const char *what, const char *keywords, const char *database,
                const struct until *until, struct err *err) MUST_CHECK;
void pgconn_close(struct pgconn *conn); /* a zeroed one is fine */
/* Whether the session is unusable and must be opened again. */
bool pgconn_lost(const struct pgconn *conn);

/* Sends one simple query (several statements are fine). What was sent before and not collected is
   awaited first, and its answer dropped. Errors: UNREACHABLE, TIMEOUT, INTERRUPTED. */
int pgconn_send(struct pgconn *conn, const char *sql, const struct until *until,
                struct err *err) MUST_CHECK;
/* Waits for all its results and keeps the last one that has rows. Errors: DATABASE with the
   SQLSTATE and the server's words; UNREACHABLE (lost); TIMEOUT, INTERRUPTED: the statement then
   goes on, collect again or close. */
int pgconn_collect(struct pgconn *conn, const struct until *until, struct err *err) MUST_CHECK;
int pgconn_ask(struct pgconn *conn, const char *sql, const struct until *until,
               struct err *err) MUST_CHECK;

/* Of the last result; borrowed until the next statement. No such cell, and SQL NULL, are "". */
int pgconn_rows(const struct pgconn *conn);
const char *pgconn_cell(const struct pgconn *conn, int row, int col);
const char *pgconn_named(const struct pgconn *conn, int row, const char *column);

/* How a server answers somebody at its door who has no password. */
enum pgconn_door {
    PGCONN_ADMITTED, /* asked for a password, or let in */
    PGCONN_REFUSED,  /* by pg_hba.conf: SQLSTATE 28000 */
    PGCONN_UNCLEAR,  /* neither: err says what came instead */
};
/* Knocks with keywords and sslmode (which overrides theirs). err is set only when UNCLEAR. */
enum pgconn_door pgconn_knock(const char *keywords, const char *sslmode, const struct until *until,
                              struct err *err);

#endif
