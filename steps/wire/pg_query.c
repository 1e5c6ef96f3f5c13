/*
 * Statements over a session; see pg.h. A probe is sent as BEGIN READ ONLY, the statement, ROLLBACK
 * in one packet (libpq's pipeline mode): whatever it does is undone, at the price of one round
 * trip. A change is sent alone, as some changes refuse to run in a transaction block.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "steps/wire/pg_session.h"
#include "steps/wire/world_link.h"

/* The server ends a statement at its limit and says so; beyond this much more it is not there any
 * more. */
#define GRACE_MS 3000

/* So much of an answer goes to the journal. */
#define TOLD_BYTES ((size_t)8 << 10)

static int lose(struct pg *pg, enum err_code code, const char *why, struct err *err)
{
    pg->lost = true;
    pg->sqlstate[0] = '\0';
    return err_set(err, code, "connection to the database lost: %s", why);
}

static int lose_by_libpq(struct pg *pg, struct err *err)
{
    char why[256];
    (void)snprintf(why, sizeof why, "%s", PQerrorMessage(pg->conn));
    return lose(pg, ERR_UNREACHABLE, str_trim(why), err);
}

/* The next result, NULL between two statements. */
static int next_result(struct pg *pg, const struct deadline *deadline, PGresult **out,
                       struct err *err)
{
    bool ok = true;
    while (PQisBusy(pg->conn) == 1) {
        if (!pg_wait(pg, deadline, &ok))
            return lose(pg, ERR_TIMEOUT, "no answer in time", err);
        if (!ok && PQisBusy(pg->conn) == 1)
            return lose_by_libpq(pg, err);
    }
    *out = PQgetResult(pg->conn);
    return 0;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);
    return text ? text : "";
}

static int refused(struct pg *pg, const PGresult *result, struct err *err)
{
    (void)snprintf(pg->sqlstate, sizeof pg->sqlstate, "%s", field(result, PG_DIAG_SQLSTATE));
    if (!pg->sqlstate[0])
        return lose_by_libpq(pg, err);
    if (PQstatus(pg->conn) == CONNECTION_BAD)
        pg->lost = true;
    const char *detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = field(result, PG_DIAG_MESSAGE_HINT);
    return err_set(err, pg_code_of(pg->sqlstate), "%s%s%s%s%s (SQLSTATE %s)",
                   field(result, PG_DIAG_MESSAGE_PRIMARY), *detail ? "; " : "", detail,
                   *hint ? "; " : "", hint, pg->sqlstate);
}

static int check_status(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : -1;
}

static int check(struct pg *pg, const PGresult *result, struct err *err)
{
    ExecStatusType status = PQresultStatus(result);
    if (check_status(result) == 0)
        return 0;
    if (status == PGRES_EMPTY_QUERY || status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
        status == PGRES_COPY_BOTH) {
        pg->lost = true;
        return err_set(err, ERR_INTERNAL, "a statement of a kind that a session cannot carry");
    }
    return refused(pg, result, err);
}

struct statement {
    const char *sql;
    const char *const *params;
    int nparams;
};

static const struct statement rollback = {.sql = "ROLLBACK"};

static bool send(struct pg *pg, const struct statement *statement)
{
    return PQsendQueryParams(pg->conn, statement->sql, statement->nparams, NULL, statement->params,
                             NULL, NULL, 0) == 1;
}

/* A statement alone. *out is the caller's, also on an error of the server. */
static int ask_alone(struct pg *pg, const struct statement *statement,
                     const struct deadline *deadline, PGresult **out, struct err *err)
{
    if (!send(pg, statement))
        return lose_by_libpq(pg, err);
    for (;;) {
        PGresult *result = NULL;
        if (next_result(pg, deadline, &result, err) != 0)
            return -1;
        if (!result)
            break;
        /* The first is the answer; a server that is going away adds a second that says so. */
        if (*out)
            PQclear(result);
        else
            *out = result;
        if (PQresultStatus(*out) >= PGRES_COPY_OUT && PQresultStatus(*out) <= PGRES_COPY_IN)
            break;
    }
    return *out ? check(pg, *out, err) : lose_by_libpq(pg, err);
}

static bool send_probe(struct pg *pg, const struct statement *statement)
{
    static const struct statement begin = {.sql = "BEGIN READ ONLY"};
    return PQenterPipelineMode(pg->conn) == 1 && send(pg, &begin) && send(pg, statement) &&
           send(pg, &rollback) && PQpipelineSync(pg->conn) == 1;
}

/* Of the three results: the first that is an error, else the second. */
static void keep_answer(PGresult **kept, PGresult *result, int place)
{
    bool failed = *kept && check_status(*kept) != 0;
    if (failed || (place > 1 && check_status(result) == 0)) {
        PQclear(result);
        return;
    }
    PQclear(*kept);
    *kept = result;
}

/* Until the sync that ends the packet; a lost connection ends it too. */
static int collect(struct pg *pg, const struct deadline *deadline, PGresult **out, struct err *err)
{
    for (int place = 0;;) {
        PGresult *result = NULL;
        if (next_result(pg, deadline, &result, err) != 0)
            return -1;
        if (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return 0;
        }
        if (result)
            keep_answer(out, result, place++);
        if (PQstatus(pg->conn) == CONNECTION_BAD)
            return *out ? check(pg, *out, err) : lose_by_libpq(pg, err);
    }
}

/* After an error the server skips to the sync, ROLLBACK included. */
static int leave_failed(struct pg *pg, const struct deadline *deadline, struct err *err)
{
    PGresult *result = NULL;
    if (PQtransactionStatus(pg->conn) == PQTRANS_IDLE)
        return 0;
    int rc = ask_alone(pg, &rollback, deadline, &result, err);
    PQclear(result);
    return rc;
}

static int ask_read_only(struct pg *pg, const struct statement *statement,
                         const struct deadline *deadline, PGresult **out, struct err *err)
{
    if (!send_probe(pg, statement))
        return lose_by_libpq(pg, err);
    if (collect(pg, deadline, out, err) != 0)
        return -1;
    if (PQexitPipelineMode(pg->conn) != 1)
        return lose_by_libpq(pg, err);
    if (leave_failed(pg, deadline, err) != 0)
        return -1;
    return *out ? check(pg, *out, err) : lose_by_libpq(pg, err);
}

/* The server's own limit; asked for only when it differs from what the session has. */
static int set_timeout(struct pg *pg, int64_t timeout_ms, struct err *err)
{
    char sql[64];
    PGresult *result = NULL;
    struct deadline deadline = deadline_in_ms(world_clock(pg->world), GRACE_MS);
    if (timeout_ms == pg->timeout_ms)
        return 0;
    (void)snprintf(sql, sizeof sql, "SET statement_timeout = %lld", (long long)timeout_ms);
    int rc = ask_alone(pg, &(struct statement){.sql = sql}, &deadline, &result, err);
    PQclear(result);
    if (rc == 0)
        pg->timeout_ms = timeout_ms;
    return rc;
}

static void copy_rows(PGresult *result, struct arena *arena, struct pg_rows *out)
{
    *out = (struct pg_rows){.rows = (size_t)PQntuples(result), .cols = (size_t)PQnfields(result)};
    out->cell = ARENA_ARRAY(arena, const char *, out->rows * out->cols);
    for (size_t i = 0; i < out->rows * out->cols; i++) {
        int row = (int)(i / out->cols), col = (int)(i % out->cols);
        if (PQgetisnull(result, row, col) == 0)
            out->cell[i] = arena_strndup(arena, PQgetvalue(result, row, col),
                                         (size_t)PQgetlength(result, row, col));
    }
    if (str_to_i64(PQcmdTuples(result), &out->affected) != 0)
        out->affected = 0;
}

/* The statement and its parameters as the journal's argv, the rows as tab-separated lines. */
static void tell(struct pg *pg, const char *kind, const struct statement *statement,
                 const struct pg_rows *rows, int64_t began_us, const struct err *failure)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    size_t nparams = (size_t)statement->nparams;
    const char **argv = mem_new(mem_product(nparams + 2, sizeof *argv));
    argv[0] = statement->sql;
    for (size_t i = 0; i < nparams; i++)
        argv[i + 1] = statement->params[i] ? statement->params[i] : "NULL";
    for (size_t i = 0; rows && i < rows->rows * rows->cols && out.len < TOLD_BYTES; i++) {
        const char *cell = rows->cell[i] ? rows->cell[i] : "NULL";
        str_add_n(&out, cell, strnlen(cell, TOLD_BYTES));
        str_add(&out, (i + 1) % rows->cols == 0 ? "\n" : "\t");
    }
    world_tell(pg->world,
               (struct world_io){.host = pg->endpoint->host ? pg->endpoint->host->name
                                                            : pg->endpoint->address,
                                 .kind = kind,
                                 .argv = argv,
                                 .out = str_text(&out),
                                 .out_len = out.len,
                                 .status = failure ? -1 : 0,
                                 .failure = failure ? failure->text : NULL},
               began_us);
    free(argv);
}

typedef int ask(struct pg *pg, const struct statement *statement, const struct deadline *deadline,
                PGresult **out, struct err *err);

static int run(struct pg *pg, const char *kind, ask *how, const struct statement *statement,
               int64_t timeout_ms, struct arena *arena, struct pg_rows *out, struct err *err)
{
    PGresult *result = NULL;
    int64_t limit_ms = timeout_ms > 0 ? timeout_ms : PG_DEFAULT_MS;
    int64_t began_us = world_now_us(pg->world);
    int rc = pg->lost ? err_set(err, ERR_UNREACHABLE, "the connection to the database was lost")
                      : set_timeout(pg, limit_ms, err);
    struct deadline deadline = deadline_in_ms(world_clock(pg->world), limit_ms + GRACE_MS);
    if (rc == 0)
        rc = how(pg, statement, &deadline, &result, err);
    struct pg_rows unwanted = {0}, *rows = out ? out : &unwanted;
    *rows = (struct pg_rows){0};
    if (rc == 0)
        copy_rows(result, arena, rows);
    else
        (void)err_add(err, "database at '%s' port %u", pg->endpoint->address, pg->endpoint->port);
    PQclear(result);
    tell(pg, kind, statement, rows, began_us, rc == 0 ? NULL : err);
    return rc;
}

/* What a transaction sets ends with it, the time limit too. */
void pg_unpin(struct pg *pg)
{
    struct deadline deadline = deadline_in_ms(world_clock(pg->world), GRACE_MS);
    struct err ignored = ERR_INIT;
    PGresult *result = NULL;
    if (!pg->pinned)
        return;
    pg->pinned = false;
    pg->timeout_ms = 0;
    if (!pg->lost)
        (void)ask_alone(pg, &rollback, &deadline, &result, &ignored);
    PQclear(result);
}

int pg_pin(struct pg *pg, const char *snapshot, struct err *err)
{
    static const struct statement begin = {.sql =
                                               "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    pg_unpin(pg);
    if (run(pg, "sql-probe", ask_alone, &begin, 0, arena, NULL, err) != 0)
        return -1;
    pg->pinned = true;
    if (!snapshot)
        return 0;
    const struct statement take = {.sql = arena_printf(arena, "SET TRANSACTION SNAPSHOT %s",
                                                       pg_quote_literal(pg, snapshot, arena))};
    if (run(pg, "sql-probe", ask_alone, &take, 0, arena, NULL, err) == 0)
        return 0;
    pg_unpin(pg);
    return -1;
}

static int probe_pinned(struct pg *pg, const struct statement *statement, int64_t timeout_ms,
                        struct arena *arena, struct pg_rows *out, struct err *err)
{
    int rc = run(pg, "sql-probe", ask_alone, statement, timeout_ms, arena, out, err);
    if (rc == 0)
        return 0;
    char sqlstate[sizeof pg->sqlstate];
    memcpy(sqlstate, pg->sqlstate, sizeof sqlstate);
    pg_unpin(pg);
    memcpy(pg->sqlstate, sqlstate, sizeof sqlstate);
    return rc;
}

int pg_probe(struct pg *pg, const char *sql, const char *const *params, size_t nparams,
             int64_t timeout_ms, struct arena *arena, struct pg_rows *out, struct err *err)
{
    const struct statement statement = {sql, params, (int)nparams};
    if (pg->pinned)
        return probe_pinned(pg, &statement, timeout_ms, arena, out, err);
    return run(pg, "sql-probe", ask_read_only, &statement, timeout_ms, arena, out, err);
}

int pg_change(struct pg *pg, const char *sql, const char *const *params, size_t nparams,
              int64_t timeout_ms, struct arena *arena, struct pg_rows *out, struct err *err)
{
    const struct statement statement = {sql, params, (int)nparams};
    if (world_may_change(pg->world, sql, err) != 0)
        return -1;
    return run(pg, "sql-change", ask_alone, &statement, timeout_ms, arena, out, err);
}

int pg_probe_value(struct pg *pg, const char *sql, struct arena *arena, const char **out,
                   struct err *err)
{
    struct pg_rows rows;
    if (pg_probe(pg, sql, NULL, 0, 0, arena, &rows, err) != 0)
        return -1;
    *out = rows.rows > 0 && rows.cols > 0 ? rows.cell[0] : NULL;
    return 0;
}
