// One client's life: connect, write a row when it is due, try the same row again until it is
// acknowledged. It never skips a sequence number and never writes one it has an acknowledgement
// for, so the ledger needs only the last number. See load_client.h for the states.
#include "load_client.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_US = 5000,         // a proxied client's pause between two tries
    BYPASS_RETRY_US = 20000, // a bypass client's first pause; each next is twice as long
    BYPASS_RETRY_MAX_US = 1000000,
    CONNECT_LIMIT_US = 5000000, // PQconnectPoll has no time limit of its own
    PROXIED_PATIENCE_US = 30000000,
    BYPASS_PATIENCE_US = 2000000,
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t client_now_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

static void drop_connection(struct client *client)
{
    PQfinish(client->conn);
    client->conn = NULL;
    client->state = CLIENT_DOWN;
    client->events = 0;
}

// A failed attempt costs a pause; without a connection the next attempt starts with a connect.
static void fail(struct client *client, struct client_pace *pace, const char *text)
{
    client->failed++;
    ledger_fail(pace->ledger, client->kind, text);
    bool lost = !client->conn || PQstatus(client->conn) == CONNECTION_BAD;
    client->unsure = client->unsure || (client->state == CLIENT_BUSY && lost);
    client->retry_us = client_now_us() + client->backoff_us;
    if (client->kind == CLIENT_BYPASS && client->backoff_us < BYPASS_RETRY_MAX_US)
        client->backoff_us *= 2;
    if (lost)
        drop_connection(client);
    client->events = 0;
    if (client->conn)
        client->state = CLIENT_READY;
}

static void acknowledge(struct client *client, struct client_pace *pace, int64_t now)
{
    struct operation done = {
        .wall_us = client->first_wall_us,
        .stall_us = now - client->first_try_us,
        .client = client->id,
        .kind = client->kind,
    };

    ledger_add(pace->ledger, &done);
    client->seq++;
    client->pending = false;
    client->unsure = false;
    client->state = CLIENT_READY;
    client->events = 0;
    client->backoff_us = client->kind == CLIENT_BYPASS ? BYPASS_RETRY_US : RETRY_US;
    // What a stall kept a client from doing is not made up for by a burst.
    client->due_us += pace->interval_us;
    if (client->due_us < now)
        client->due_us = now;
}

static void start_connect(struct client *client, struct client_pace *pace, int64_t now)
{
    client->conn = PQconnectStart(client->conninfo);
    if (!client->conn || PQstatus(client->conn) == CONNECTION_BAD) {
        fail(client, pace, client->conn ? PQerrorMessage(client->conn) : "out of memory");
        return;
    }
    client->state = CLIENT_CONNECTING;
    client->events = POLLOUT;
    client->deadline_us = now + CONNECT_LIMIT_US;
}

static void go_on_connecting(struct client *client, struct client_pace *pace, int64_t now)
{
    switch (PQconnectPoll(client->conn)) {
    case PGRES_POLLING_READING:
        client->events = POLLIN;
        break;
    case PGRES_POLLING_WRITING:
    case PGRES_POLLING_ACTIVE:
        client->events = POLLOUT;
        break;
    case PGRES_POLLING_FAILED:
        fail(client, pace, PQerrorMessage(client->conn));
        break;
    case PGRES_POLLING_OK:
        PQsetnonblocking(client->conn, 1);
        client->state = CLIENT_READY;
        client->events = 0;
        if (!client->met)
            client->due_us = now + (client->id * 7919L) % pace->interval_us;
        client->met = true;
        break;
    }
}

// libpq may keep bytes that the socket did not take; poll then waits for both directions.
static void flush(struct client *client, struct client_pace *pace)
{
    int left = PQflush(client->conn);

    if (left < 0)
        fail(client, pace, PQerrorMessage(client->conn));
    else
        client->events = left ? POLLIN | POLLOUT : POLLIN;
}

// A row whose answer was lost with its connection may stand already: like any client that cares,
// this one looks before it writes again. The first try never looks, so a row that somebody else
// doubles is seen.
static const char *insert_of(const struct client *client, const struct client_pace *pace)
{
    if (client->unsure)
        return "INSERT INTO " LOAD_TABLE " (run, client, seq, payload, at)"
               " SELECT $1, $2::int, $3::bigint, $4, now() WHERE NOT EXISTS (SELECT 1 "
               "FROM " LOAD_TABLE " WHERE run = $1 AND client = $2::int AND seq = $3::bigint)";
    if (pace->hold_s > 0)
        return "INSERT INTO " LOAD_TABLE " (run, client, seq, payload, at)"
               " SELECT $1, $2::int, $3::bigint, $4, now() FROM pg_sleep($5::float8)";
    return "INSERT INTO " LOAD_TABLE " (run, client, seq, payload, at)"
           " VALUES ($1, $2::int, $3::bigint, $4, now())";
}

static void send_row(struct client *client, struct client_pace *pace)
{
    char id[16], seq[24], hold[32], payload[80];
    const char *values[] = {pace->run, id, seq, payload, hold};

    snprintf(id, sizeof id, "%d", client->id);
    snprintf(seq, sizeof seq, "%" PRId64, client->seq);
    snprintf(hold, sizeof hold, "%.6f", pace->hold_s);
    snprintf(payload, sizeof payload, "row %" PRId64 " of client %d, written once if all is well",
             client->seq, client->id);
    client->state = CLIENT_BUSY;
    int parameters = pace->hold_s > 0 && !client->unsure ? 5 : 4;
    if (!PQsendQueryParams(client->conn, insert_of(client, pace), parameters, NULL, values, NULL,
                           NULL, 0))
        fail(client, pace, PQerrorMessage(client->conn));
    else
        flush(client, pace);
}

// Takes the answer in. A row counts only if the server said so and the exchange ended well.
static void receive(struct client *client, struct client_pace *pace, short revents)
{
    PGresult *result;
    char refusal[LEDGER_TEXT] = "no answer";
    bool written = false;

    if (!PQconsumeInput(client->conn)) {
        fail(client, pace, PQerrorMessage(client->conn));
        return;
    }
    if (revents & POLLOUT) {
        flush(client, pace);
        if (client->state != CLIENT_BUSY)
            return;
    }
    if (PQisBusy(client->conn))
        return;
    while ((result = PQgetResult(client->conn))) {
        if (PQresultStatus(result) == PGRES_COMMAND_OK)
            written = true;
        else
            snprintf(refusal, sizeof refusal, "%s", PQresultErrorMessage(result));
        PQclear(result);
    }
    // An acknowledged row stays acknowledged even if the connection ended right after it.
    if (written)
        acknowledge(client, pace, client_now_us());
    else
        fail(client, pace, refusal);
}

static void begin_operation(struct client *client, int64_t now)
{
    client->pending = true;
    client->first_try_us = now;
    client->first_wall_us = clock_us(CLOCK_REALTIME);
}

void client_advance(struct client *client, struct client_pace *pace, short revents)
{
    int64_t now = client_now_us();

    if (client->state == CLIENT_CONNECTING && revents)
        go_on_connecting(client, pace, now);
    else if (client->state == CLIENT_BUSY && revents)
        receive(client, pace, revents);
    if (client->state == CLIENT_CONNECTING && now >= client->deadline_us) {
        drop_connection(client);
        fail(client, pace, "connecting took longer than 5 s");
    }
    if (client->met && !client->pending && !pace->stopping && now >= client->due_us)
        begin_operation(client, now);
    if (now < client->retry_us || (!client->pending && (client->met || pace->stopping)))
        return;
    if (client->state == CLIENT_DOWN)
        start_connect(client, pace, now);
    else if (client->state == CLIENT_READY && client->pending)
        send_row(client, pace);
}

int64_t client_wake_us(const struct client *client, const struct client_pace *pace)
{
    switch (client->state) {
    case CLIENT_CONNECTING:
        return client->deadline_us;
    case CLIENT_BUSY:
        return INT64_MAX;
    case CLIENT_DOWN:
    case CLIENT_READY:
        break;
    }
    if (client->pending || !client->met)
        return client->retry_us;
    return pace->stopping ? INT64_MAX : client->due_us;
}

bool client_is_finished(const struct client *client, int64_t patience_us)
{
    if (!client->pending)
        return true;
    if (client->kind == CLIENT_BYPASS)
        return client->state != CLIENT_BUSY || patience_us > BYPASS_PATIENCE_US;
    return patience_us > PROXIED_PATIENCE_US;
}

void client_close(struct client *client)
{
    drop_connection(client);
    free(client->conninfo);
    client->conninfo = NULL;
}
