/*
 * libpq, asynchronously. PGconn and PGresult stay in here: the structs of the header are only names
 * for them.
 */
#include "steps/guard/pgconn.h"

#include <poll.h>
#include <string.h>

#include <libpq-fe.h>

static PGconn *pg_of(const struct pgconn *conn)
{
    return (PGconn *)conn->pg;
}

static PGresult *result_of(const struct pgconn *conn)
{
    return (PGresult *)conn->result;
}

static void ignore_notice(void *arg, const char *text)
{
    (void)arg;
    (void)text;
}

/* libpq ends its texts with newlines and prefixes; an error of ours is one line. */
static int fail(struct err *err, enum err_code code, const char *what, const char *text)
{
    size_t len = strcspn(text, "\n");
    return err_set(err, code, "%s: %.*s", what, (int)len, len ? text : "no answer");
}

/* Drives a connection that was started. Returns libpq's last word: OK or FAILED; or −1 in err when
 * the time was up. */
static int drive(PGconn *pg, const char *what, const struct until *until,
                 PostgresPollingStatusType *out, struct err *err)
{
    *out = PGRES_POLLING_WRITING;
    while (*out != PGRES_POLLING_OK && *out != PGRES_POLLING_FAILED) {
        short events = *out == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (until_ready(until, PQsocket(pg), events, what, err) < 0)
            return -1;
        *out = PQconnectPoll(pg);
    }
    return 0;
}

int pgconn_open(struct pgconn *out, const char *what, const char *keywords, const char *database,
                const struct until *until, struct err *err)
{
    const char *const names[] = {"dbname", "application_name", database ? "dbname" : NULL, NULL};
    const char *const values[] = {keywords, "ece-guard", database, NULL};
    PostgresPollingStatusType end = PGRES_POLLING_FAILED;

    pgconn_close(out);
    out->what = what;
    PGconn *pg = PQconnectStartParams(names, values, 1);
    out->pg = (struct pg_conn *)pg;
    if (!pg || PQstatus(pg) == CONNECTION_BAD)
        fail(err, ERR_UNREACHABLE, what, pg ? PQerrorMessage(pg) : "no memory");
    else if (drive(pg, what, until, &end, err) == 0 && end == PGRES_POLLING_FAILED)
        fail(err, ERR_UNREACHABLE, what, PQerrorMessage(pg));
    if (end != PGRES_POLLING_OK) {
        pgconn_close(out);
        return -1;
    }
    PQsetnonblocking(pg, 1);
    PQsetNoticeProcessor(pg, ignore_notice, NULL);
    return 0;
}

void pgconn_close(struct pgconn *conn)
{
    PQclear(result_of(conn));
    PQfinish(pg_of(conn));
    conn->result = NULL;
    conn->pg = NULL;
    conn->busy = false;
}

bool pgconn_lost(const struct pgconn *conn)
{
    return !conn->pg || PQstatus(pg_of(conn)) != CONNECTION_OK;
}

/* Everything out, as far as the socket takes it without blocking; waits when it does not. */
static int flush(struct pgconn *conn, const struct until *until, struct err *err)
{
    for (;;) {
        int left = PQflush(pg_of(conn));
        if (left < 0)
            return fail(err, ERR_UNREACHABLE, conn->what, PQerrorMessage(pg_of(conn)));
        if (left == 0)
            return 0;
        if (until_ready(until, PQsocket(pg_of(conn)), POLLOUT | POLLIN, conn->what, err) < 0)
            return -1;
        if (!PQconsumeInput(pg_of(conn)))
            return fail(err, ERR_UNREACHABLE, conn->what, PQerrorMessage(pg_of(conn)));
    }
}

int pgconn_send(struct pgconn *conn, const char *sql, const struct until *until, struct err *err)
{
    if (!conn->pg)
        return err_set(err, ERR_UNREACHABLE, "%s: the session is closed", conn->what);
    struct err dropped = ERR_INIT;
    if (conn->busy && pgconn_collect(conn, until, &dropped) < 0 && conn->busy) {
        *err = dropped;
        return -1;
    }
    PQclear(result_of(conn));
    conn->result = NULL;
    conn->busy = true;
    if (!PQsendQuery(pg_of(conn), sql))
        return fail(err, ERR_UNREACHABLE, conn->what, PQerrorMessage(pg_of(conn)));
    return flush(conn, until, err);
}

static int await_result(struct pgconn *conn, const struct until *until, struct err *err)
{
    PGconn *pg = pg_of(conn);
    while (PQisBusy(pg)) {
        if (until_ready(until, PQsocket(pg), POLLIN, conn->what, err) < 0)
            return -1;
        if (!PQconsumeInput(pg))
            return fail(err, ERR_UNREACHABLE, conn->what, PQerrorMessage(pg));
    }
    return 0;
}

/* Keeps the last rows; the first error wins and is told once the whole answer is in. */
static void keep(struct pgconn *conn, PGresult *result, struct err *first)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK) {
        PQclear(result_of(conn));
        conn->result = (struct pg_result *)result;
        return;
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY && first->code == ERR_NONE) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        enum err_code code =
            PQstatus(pg_of(conn)) == CONNECTION_OK ? ERR_DATABASE : ERR_UNREACHABLE;
        fail(first, code, conn->what, text ? text : PQresultErrorMessage(result));
        if (state)
            err_add(first, "SQLSTATE %s", state);
    }
    PQclear(result);
}

int pgconn_collect(struct pgconn *conn, const struct until *until, struct err *err)
{
    if (!conn->pg)
        return err_set(err, ERR_UNREACHABLE, "%s: the session is closed", conn->what);
    struct err first = ERR_INIT;
    for (;;) {
        if (await_result(conn, until, err) < 0)
            return -1;
        PGresult *result = PQgetResult(pg_of(conn));
        if (!result)
            break;
        keep(conn, result, &first);
    }
    conn->busy = false;
    if (first.code != ERR_NONE) {
        *err = first;
        return -1;
    }
    return 0;
}

int pgconn_ask(struct pgconn *conn, const char *sql, const struct until *until, struct err *err)
{
    if (pgconn_send(conn, sql, until, err) < 0)
        return -1;
    return pgconn_collect(conn, until, err);
}

int pgconn_rows(const struct pgconn *conn)
{
    return conn->result ? PQntuples(result_of(conn)) : 0;
}

const char *pgconn_cell(const struct pgconn *conn, int row, int col)
{
    if (row >= pgconn_rows(conn) || col < 0 || col >= PQnfields(result_of(conn)))
        return "";
    return PQgetvalue(result_of(conn), row, col);
}

const char *pgconn_named(const struct pgconn *conn, int row, const char *column)
{
    return conn->result ? pgconn_cell(conn, row, PQfnumber(result_of(conn), column)) : "";
}

/* The verbose form of libpq's error text carries the SQLSTATE: "FATAL:  28000: pg_hba.conf rejects
 * …". */
static enum pgconn_door door_of(PGconn *pg, PostgresPollingStatusType end, struct err *err)
{
    if (end == PGRES_POLLING_OK || PQconnectionNeedsPassword(pg))
        return PGCONN_ADMITTED;
    if (strstr(PQerrorMessage(pg), ":  28000: "))
        return PGCONN_REFUSED;
    fail(err, ERR_UNREACHABLE, "the trial session", PQerrorMessage(pg));
    return PGCONN_UNCLEAR;
}

enum pgconn_door pgconn_knock(const char *keywords, const char *sslmode, const struct until *until,
                              struct err *err)
{
    const char *const names[] = {"dbname", "sslmode", "gssencmode", "passfile", NULL};
    const char *const values[] = {keywords, sslmode, "disable", "/dev/null/none", NULL};
    enum pgconn_door door = PGCONN_UNCLEAR;
    PostgresPollingStatusType end = PGRES_POLLING_FAILED;

    PGconn *pg = PQconnectStartParams(names, values, 1);
    if (!pg || PQstatus(pg) == CONNECTION_BAD) {
        fail(err, ERR_UNREACHABLE, "the trial session", pg ? PQerrorMessage(pg) : "no memory");
    } else {
        PQsetErrorVerbosity(pg, PQERRORS_VERBOSE);
        if (drive(pg, "the trial session is answered", until, &end, err) == 0)
            door = door_of(pg, end, err);
    }
    PQfinish(pg);
    return door;
}
