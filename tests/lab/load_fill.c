// Fill: gives a database a body of some size that looks like a service's: narrow rows with a
// primary key, wide rows of text, orders numbered by a sequence with an index, large objects.
// The server makes the rows, so it is as fast as the server.
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char tables_sql[] =
    "SET client_min_messages = warning;"
    "CREATE TABLE IF NOT EXISTS fill_events (id bigint PRIMARY KEY, customer int NOT NULL,"
    "  amount numeric(12,2) NOT NULL, at timestamptz NOT NULL);"
    "CREATE TABLE IF NOT EXISTS fill_documents (id bigint PRIMARY KEY, title text NOT NULL,"
    "  body text NOT NULL, tags text[] NOT NULL);"
    "CREATE TABLE IF NOT EXISTS fill_orders (id bigserial PRIMARY KEY, customer int NOT NULL,"
    "  state text NOT NULL, address text NOT NULL, total numeric(12,2) NOT NULL,"
    "  placed timestamptz NOT NULL DEFAULT now());"
    "CREATE INDEX IF NOT EXISTS fill_orders_customer ON fill_orders (customer);"
    "CREATE TABLE IF NOT EXISTS fill_attachments (name text PRIMARY KEY, object oid NOT NULL)";

// About 18 MB, in one transaction. Text is part words, part noise: it shrinks, but not to nothing.
static const char portion_sql[] =
    "INSERT INTO fill_events SELECT b.id + g, (random() * 50000)::int,"
    "    (random() * 10000)::int::numeric, timestamptz '2020-01-01' + g * interval '7 s'"
    "  FROM (SELECT coalesce(max(id), 0) AS id FROM fill_events) b, generate_series(1, 80000) g;"
    "INSERT INTO fill_documents SELECT b.id + g, 'Document ' || g,"
    "    repeat('the quick brown fox jumps over the lazy dog ', 24) ||"
    "      (SELECT string_agg(md5(random() || ' ' || g || h), ' ') FROM generate_series(1, 16) h),"
    "    ARRAY['customer', md5(g::text)]"
    "  FROM (SELECT coalesce(max(id), 0) AS id FROM fill_documents) b, generate_series(1, 5000) g;"
    "INSERT INTO fill_orders (customer, state, address, total) SELECT (random() * 50000)::int,"
    "    (ARRAY['new', 'paid', 'packed', 'sent'])[1 + g % 4],"
    "    g || ' Main Street, Springfield ' || left(md5(g::text), 12), g % 1000"
    "  FROM generate_series(1, 15000) g;"
    "INSERT INTO fill_attachments SELECT 'attachment ' || b.n + g, lo_from_bytea(0,"
    "    (SELECT decode(string_agg(md5(random() || ' ' || g || h), ''), 'hex')"
    "       FROM generate_series(1, 2048) h))"
    "  FROM (SELECT count(*) AS n FROM fill_attachments) b, generate_series(1, 12) g";

static int64_t database_bytes(PGconn *conn)
{
    PGresult *row = PQexec(conn, "SELECT pg_database_size(current_database())");
    int64_t bytes = -1;

    if (PQresultStatus(row) == PGRES_TUPLES_OK)
        bytes = strtoll(PQgetvalue(row, 0, 0), NULL, 10);
    else
        fprintf(stderr, "ece-load: %s", PQerrorMessage(conn));
    PQclear(row);
    return bytes;
}

static int fill_up(PGconn *conn, int64_t wanted_bytes, int64_t *out_added)
{
    int64_t before, now;

    if (load_execute(conn, tables_sql) < 0 || (before = database_bytes(conn)) < 0)
        return -1;
    for (now = before; now - before < wanted_bytes; now = database_bytes(conn))
        if (now < 0 || load_execute(conn, portion_sql) < 0)
            return -1;
    *out_added = now - before;
    return load_execute(conn, "ANALYZE fill_events, fill_documents, fill_orders, fill_attachments");
}

int fill_command(const struct load_options *options)
{
    PGconn *conn = load_connect(options->conninfo);
    struct timespec start, end;
    int64_t added = 0;
    int status = 2;

    clock_gettime(CLOCK_MONOTONIC, &start);
    if (conn && fill_up(conn, (int64_t)options->megabytes << 20, &added) == 0) {
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("{\"filled_bytes\":%" PRId64 ",\"seconds\":%.1f}\n", added,
               (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
        status = 0;
    }
    PQfinish(conn);
    return status;
}
