// Verify: the ledger says what was acknowledged, the table says what is there; the difference is
// what a migration lost or doubled. Prints one line of JSON.
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct balance {
    int64_t lost;       // acknowledged, and not in the table
    int64_t duplicated; // rows beyond the first of a sequence number
    int64_t unanswered; // in the table though never acknowledged: no loss, no duplicate
};

// One row for each client: its rows, distinct numbers, and distinct numbers among those
// acknowledged.
static const char balance_sql[] =
    "SELECT l.client, count(r.seq), count(DISTINCT r.seq),"
    "       count(DISTINCT r.seq) FILTER (WHERE r.seq BETWEEN 1 AND l.acked)"
    "  FROM unnest($2::int[], $3::bigint[]) AS l(client, acked)"
    "  LEFT JOIN " LOAD_TABLE " r ON r.run = $1 AND r.client = l.client"
    " GROUP BY l.client ORDER BY l.client";

// Makes the two array literals, "{0,1,...}" and "{acked,acked,...}".
static void write_arrays(const struct ledger *ledger, char **out_ids, char **out_acked)
{
    size_t size;
    FILE *ids = open_memstream(out_ids, &size);
    FILE *acked = open_memstream(out_acked, &size);

    if (!ids || !acked) {
        fputs("ece-load: out of memory\n", stderr);
        exit(2);
    }
    for (size_t i = 0; i < ledger->client_count; i++) {
        const char *before = i == 0 ? "{" : ",";

        fprintf(ids, "%s%d", before, ledger->clients[i].id);
        fprintf(acked, "%s%" PRId64, before, ledger->clients[i].acked);
    }
    fputs("}", ids);
    fputs("}", acked);
    fclose(ids);
    fclose(acked);
}

static const struct ledger_client *find_client(const struct ledger *ledger, int id)
{
    for (size_t i = 0; i < ledger->client_count; i++)
        if (ledger->clients[i].id == id)
            return &ledger->clients[i];
    return NULL;
}

static void add_up(const struct ledger *ledger, const PGresult *rows, struct balance *balances)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        const struct ledger_client *client =
            find_client(ledger, (int)strtol(PQgetvalue(rows, i, 0), NULL, 10));
        int64_t all = strtoll(PQgetvalue(rows, i, 1), NULL, 10);
        int64_t distinct = strtoll(PQgetvalue(rows, i, 2), NULL, 10);
        int64_t known = strtoll(PQgetvalue(rows, i, 3), NULL, 10);

        if (!client)
            continue;
        balances[client->kind].lost += client->acked - known;
        balances[client->kind].duplicated += all - distinct;
        balances[client->kind].unanswered += distinct - known;
    }
}

static int take_balance(PGconn *conn, const struct ledger *ledger, struct balance *balances)
{
    char *ids, *acked;
    int done = 0;

    write_arrays(ledger, &ids, &acked);
    PGresult *rows = PQexecParams(conn, balance_sql, 3, NULL,
                                  (const char *[]){ledger->run, ids, acked}, NULL, NULL, 0);
    if (PQresultStatus(rows) == PGRES_TUPLES_OK) {
        add_up(ledger, rows, balances);
    } else {
        fprintf(stderr, "ece-load: the table cannot be read back: %s", PQerrorMessage(conn));
        done = -1;
    }
    PQclear(rows);
    free(ids);
    free(acked);
    return done;
}

static void print_time(const char *name, int64_t wall_us)
{
    time_t seconds = wall_us / 1000000;
    struct tm utc;
    char text[32];

    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    printf(",\"%s\":\"%s.%03dZ\"", name, text, (int)(wall_us / 1000 % 1000));
}

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        if ((unsigned char)*text >= ' ')
            putchar(*text);
    }
    putchar('"');
}

static void print_errors(const struct ledger *ledger)
{
    fputs(",\"errors\":[", stdout);
    for (size_t i = 0; i < ledger->error_count; i++) {
        const struct ledger_error *error = &ledger->errors[i];

        printf("%s{\"client\":\"%s\",\"count\":%" PRId64 ",\"text\":", i ? "," : "",
               error->kind == CLIENT_BYPASS ? "bypass" : "proxied", error->count);
        print_text(error->text);
        putchar('}');
    }
    putchar(']');
}

static void print_verdict(const struct load_options *options, const struct ledger *ledger,
                          const struct balance *balances)
{
    const struct ledger_summary *proxied = &ledger->summary[CLIENT_PROXIED];
    const struct ledger_summary *bypass = &ledger->summary[CLIENT_BYPASS];

    printf("{\"acked\":%" PRId64 ",\"lost\":%" PRId64 ",\"duplicated\":%" PRId64
           ",\"failed\":%" PRId64 ",\"unanswered\":%" PRId64,
           proxied->acked, balances[CLIENT_PROXIED].lost, balances[CLIENT_PROXIED].duplicated,
           proxied->failed, balances[CLIENT_PROXIED].unanswered);
    printf(",\"stall_max_ms\":%.3f,\"stall_p99_ms\":%.3f,\"stall_p50_ms\":%.3f",
           (double)proxied->max_us / 1e3, (double)proxied->p99_us / 1e3,
           (double)proxied->p50_us / 1e3);
    print_time("stall_max_at", proxied->max_wall_us);
    printf(",\"stall_max_client\":%d", proxied->max_client);
    if (options->until_us)
        printf(",\"stall_window_max_ms\":%.3f",
               (double)ledger_window_max(ledger, options->since_us, options->until_us) / 1e3);
    printf(",\"bypass_acked\":%" PRId64 ",\"bypass_lost\":%" PRId64
           ",\"bypass_duplicated\":%" PRId64 ",\"bypass_failed\":%" PRId64
           ",\"bypass_unanswered\":%" PRId64,
           bypass->acked, balances[CLIENT_BYPASS].lost, balances[CLIENT_BYPASS].duplicated,
           bypass->failed, balances[CLIENT_BYPASS].unanswered);
    print_errors(ledger);
    puts("}");
}

int verify_command(const struct load_options *options)
{
    struct ledger ledger;
    struct balance balances[CLIENT_KINDS] = {{0}};
    int status = 2;

    if (ledger_read(&ledger, options->ledger) < 0)
        return 2;
    PGconn *conn = NULL;
    if (strcmp(ledger.run, options->run) != 0)
        fprintf(stderr, "ece-load: ledger '%s' is of run '%s', not '%s'\n", options->ledger,
                ledger.run, options->run);
    else if ((conn = load_connect(options->conninfo)) &&
             take_balance(conn, &ledger, balances) == 0) {
        print_verdict(options, &ledger, balances);
        status = 0;
        for (int kind = 0; kind < CLIENT_KINDS; kind++)
            if (balances[kind].lost || balances[kind].duplicated)
                status = 1;
    }
    PQfinish(conn);
    ledger_free(&ledger);
    return status;
}
