/*
 * PostgreSQL sessions: opening and ending; see pg.h. What is asked over them is in pg_query.c.
 *
 * Through SSH, libpq connects to a listener on 127.0.0.1 that takes exactly one connection, which
 * must be libpq's own socket, and a pump carries it on: libpq does no TLS over unix sockets, and a
 * server may insist on it.
 */
#include "steps/wire/pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "steps/wire/pg_session.h"
#include "steps/wire/socket.h"
#include "steps/wire/world_link.h"

#define OPEN_MS  5000
#define CLOSE_MS 500

/* Every setting that the environment could change otherwise is said. */
#define FIXED_OPTIONS                                                                              \
    "-c statement_timeout=10000 -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex "   \
    "-c timezone=UTC -c extra_float_digits=1 -c lc_monetary=C"

/* How the session is encrypted and the server is known. */
enum pg_tls {
    PG_TLS_VERIFY,  /* by the CA and its name */
    PG_TLS_BIND,    /* by the password: channel binding (RFC 5802 §6) */
    PG_TLS_ANY,     /* the SSH host key has proved the host */
    PG_TLS_WITHOUT, /* as above, and the server has no TLS */
};

static const struct {
    const char *sslmode, *channel_binding;
} tls_settings[] = {[PG_TLS_VERIFY] = {"verify-full", "prefer"},
                    [PG_TLS_BIND] = {"require", "require"},
                    [PG_TLS_ANY] = {"require", "prefer"},
                    [PG_TLS_WITHOUT] = {"disable", "disable"}};

static enum pg_tls first_tls(const struct spec_endpoint *endpoint)
{
    if (endpoint->ca_file)
        return PG_TLS_VERIFY;
    return endpoint->host ? PG_TLS_ANY : PG_TLS_BIND;
}

enum err_code pg_code_of(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        enum err_code code;
    } known[] = {{"28", ERR_AUTH},           {"08", ERR_UNREACHABLE},    {"57P01", ERR_UNREACHABLE},
                 {"57P02", ERR_UNREACHABLE}, {"57P03", ERR_UNREACHABLE}, {"57014", ERR_TIMEOUT}};
    if (!*sqlstate)
        return ERR_UNREACHABLE;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_starts(sqlstate, known[i].prefix))
            return known[i].code;
    return ERR_DATABASE;
}

/* Who wants in, and where. */
struct login {
    const char *database, *user, *password;
};

static PGconn *start(const struct spec_endpoint *endpoint, const struct login *login,
                     enum pg_tls tls, uint16_t loopback_port)
{
    char port[8];
    (void)snprintf(port, sizeof port, "%d", loopback_port ? loopback_port : endpoint->port);
    const char *const settings[][2] = {
        {"host", endpoint->address},
        {"hostaddr", loopback_port ? "127.0.0.1" : ""},
        {"port", port},
        {"user", login->user},
        {"password", login->password},
        {"dbname", login->database ? login->database : endpoint->admin_database},
        {"sslmode", tls_settings[tls].sslmode},
        {"sslrootcert", endpoint->ca_file ? endpoint->ca_file : ""},
        {"channel_binding", tls_settings[tls].channel_binding},
        {"gssencmode", "disable"},
        {"target_session_attrs", "any"},
        {"application_name", "ece-migrate"},
        {"client_encoding", "UTF8"},
        {"options", FIXED_OPTIONS},
        {"keepalives_idle", "2"},
        {"keepalives_interval", "2"},
        {"tcp_user_timeout", "8000"},
    };
    const char *keys[ARRAY_LEN(settings) + 1] = {NULL}, *values[ARRAY_LEN(settings) + 1] = {NULL};
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        keys[i] = settings[i][0];
        values[i] = settings[i][1];
    }
    return PQconnectStartParams(keys, values, 0);
}

static bool wait_socket(struct pg *pg, short events, const struct deadline *deadline)
{
    struct pollfd ready = {.fd = PQsocket(pg->conn), .events = events};
    return poll(&ready, 1, deadline_left_ms(deadline)) > 0 || !deadline_passed(deadline);
}

bool pg_wait(struct pg *pg, const struct deadline *deadline, bool *ok)
{
    int unsent = PQflush(pg->conn);
    *ok = unsent >= 0;
    if (!*ok)
        return true;
    if (!wait_socket(pg, (short)(POLLIN | (unsent > 0 ? POLLOUT : 0)), deadline))
        return false;
    *ok = PQconsumeInput(pg->conn) == 1;
    return true;
}

/* The server's refusal as libpq tells it, verbosely: "…FATAL:  28P01: password …\nLOCATION:  …".
   libpq keeps no SQLSTATE of a connection that did not come about. */
static void take_sqlstate(struct pg *pg, const char *message)
{
    const char *at = strstr(message, "FATAL:  ");
    pg->sqlstate[0] = '\0';
    if (!at || strlen(at) < 8 + PG_SQLSTATE_LEN + 1 || at[8 + PG_SQLSTATE_LEN] != ':')
        return;
    memcpy(pg->sqlstate, at + 8, PG_SQLSTATE_LEN);
    pg->sqlstate[PG_SQLSTATE_LEN] = '\0';
}

/* One line, without where in the server's source it was. */
static int refused(struct pg *pg, struct err *err)
{
    char *message = mem_strdup(PQerrorMessage(pg->conn));
    take_sqlstate(pg, message);
    char *location = strstr(message, "LOCATION:");
    if (location)
        *location = '\0';
    for (char *at = message; *at; at++)
        if (*at == '\n')
            *at = ' ';
    (void)err_set(err, pg_code_of(pg->sqlstate), "%s", str_trim(message));
    free(message);
    return -1;
}

static int poll_connected(struct pg *pg, const struct deadline *deadline, struct err *err)
{
    for (;;) {
        short events = POLLIN;
        switch (PQconnectPoll(pg->conn)) {
        case PGRES_POLLING_OK:
            return 0;
        case PGRES_POLLING_FAILED:
            return refused(pg, err);
        case PGRES_POLLING_WRITING:
            events = POLLOUT;
            break;
        case PGRES_POLLING_READING:
        case PGRES_POLLING_ACTIVE:
            break;
        }
        if (!wait_socket(pg, events, deadline))
            return err_set(err, ERR_UNREACHABLE, "no answer from the server within %d ms", OPEN_MS);
    }
}

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* libpq's connection and, when a listener is given, the pump behind it. */
static int connect_over(struct pg *pg, const struct login *login, enum pg_tls tls, int listener,
                        uint16_t port, const struct deadline *deadline, struct err *err)
{
    pg->conn = start(pg->endpoint, login, tls, port);
    if (!pg->conn)
        return err_set(err, ERR_INTERNAL, "libpq gave no connection");
    if (PQstatus(pg->conn) == CONNECTION_BAD)
        return refused(pg, err);
    (void)PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
    (void)PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
    if (listener >= 0) {
        int accepted;
        if (socket_accept_own(&accepted, listener, PQsocket(pg->conn), deadline, err) != 0 ||
            ssh_forward_start(pg->forward, accepted, err) != 0)
            return -1;
    }
    return poll_connected(pg, deadline, err);
}

static int connect_through_ssh(struct pg *pg, const struct login *login, enum pg_tls tls,
                               struct err *err)
{
    const struct spec_endpoint *endpoint = pg->endpoint;
    struct clock clock = world_clock(pg->world);
    struct deadline ssh_deadline = deadline_in_ms(clock, SSH_CONNECT_MS);
    int listener;
    uint16_t port;
    if (ssh_forward_open(&pg->forward, endpoint->host, endpoint->address, endpoint->port,
                         world_keys(pg->world), &ssh_deadline, err) != 0 ||
        socket_listen_loopback(&listener, &port, err) != 0)
        return -1;
    struct deadline deadline = deadline_in_ms(clock, OPEN_MS);
    int rc = connect_over(pg, login, tls, listener, port, &deadline, err);
    socket_close(&listener);
    return rc;
}

static int connect_with(struct pg *pg, const struct login *login, enum pg_tls tls, struct err *err)
{
    if (pg->endpoint->host)
        return connect_through_ssh(pg, login, tls, err);
    struct deadline deadline = deadline_in_ms(world_clock(pg->world), OPEN_MS);
    return connect_over(pg, login, tls, -1, 0, &deadline, err);
}

/* libpq's sslmode=prefer would connect a second time by itself where we listen no more, also after
 * a wrong password. */
static bool lacks_tls(const struct pg *pg)
{
    return pg->conn && strstr(PQerrorMessage(pg->conn), "server does not support SSL") != NULL;
}

static void disconnect(struct pg *pg)
{
    PQfinish(pg->conn);
    ssh_forward_finish(pg->forward, CLOSE_MS);
    pg->conn = NULL;
    pg->forward = NULL;
}

static int open_session(struct pg **out, struct world *world, const struct spec_endpoint *endpoint,
                        const struct login *login, struct err *err)
{
    struct pg *pg = MEM_NEW(struct pg);
    pg->world = world;
    pg->endpoint = endpoint;
    pg->timeout_ms = PG_DEFAULT_MS;
    enum pg_tls tls = first_tls(endpoint);
    int rc = connect_with(pg, login, tls, err);
    if (rc != 0 && tls == PG_TLS_ANY && lacks_tls(pg)) {
        disconnect(pg);
        err_clear(err);
        rc = connect_with(pg, login, PG_TLS_WITHOUT, err);
    }
    if (rc == 0 && PQsetnonblocking(pg->conn, 1) != 0)
        rc = err_set(err, ERR_INTERNAL, "libpq does not become non-blocking");
    if (rc != 0) {
        pg_close(pg);
        return err_add(err, "database at '%s' port %u", endpoint->address, endpoint->port);
    }
    *out = pg;
    return 0;
}

int pg_open(struct pg **out, struct world *world, const struct spec_endpoint *endpoint,
            const char *database, struct err *err)
{
    const struct secret *password =
        keyring_get(world_keys(world), &endpoint->admin_password, "admin-password", err);
    if (!password)
        return err_add(err, "password of '%s' at '%s'", endpoint->admin_user, endpoint->address);
    const struct login login = {database, endpoint->admin_user, secret_reveal(password)};
    return open_session(out, world, endpoint, &login, err);
}

int pg_open_as(struct pg **out, struct world *world, const struct spec_endpoint *endpoint,
               const char *database, const char *user, const struct secret *password,
               struct err *err)
{
    const struct login login = {database, user, secret_reveal(password)};
    return open_session(out, world, endpoint, &login, err);
}

void pg_close(struct pg *pg)
{
    if (!pg)
        return;
    disconnect(pg);
    free(pg);
}

void pg_cleanup(struct pg **pg)
{
    pg_close(*pg);
    *pg = NULL;
}

const char *pg_sqlstate(const struct pg *pg)
{
    return pg->sqlstate;
}
