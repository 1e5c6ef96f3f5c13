/*
 * Opens the guard's sessions. Those to servers are made deaf to what the servers' defaults could do
 * to them: timeouts that would end a waiting session, a search path that could lead to somebody's
 * functions, synchronous standbys that could make a commit wait.
 */
#include "steps/guard/guard.h"

#include <pwd.h>
#include <unistd.h>

static const char setup_sql[] =
    "SET search_path = pg_catalog; SET client_min_messages = error;"
    "SET statement_timeout = 0; SET lock_timeout = 0;"
    "SET idle_in_transaction_session_timeout = 0;"
    "SET synchronous_commit = local; SET default_transaction_read_only = off";

int guard_load(struct guard *out, const char *dir, int64_t attempt, struct err *err)
{
    *out = (struct guard){.dir = dir, .attempt = attempt, .trial_sslmode = "disable"};
    if (guard_plan_read(&out->plan, dir, err) < 0)
        return -1;
    const struct passwd *user = getpwnam(out->plan.console_user);
    if (!user)
        return err_set(err, ERR_SPEC, "the user '%s' of the proxy's console is unknown here",
                       out->plan.console_user);
    out->console_uid = user->pw_uid;
    keep_see_secret(&out->secret, out->plan.id);
    return 0;
}

void guard_unload(struct guard *guard)
{
    guard_plan_free(&guard->plan);
}

/* PgBouncer admits its own user over the Unix socket without a password, by the effective uid at
 * connect(2). */
int links_console(const struct guard *guard, struct pgconn *console, const struct until *until,
                  struct err *err)
{
    if (!pgconn_lost(console))
        return 0;
    uid_t self = geteuid();
    if (self != guard->console_uid && seteuid(guard->console_uid) < 0)
        return err_set_errno(err, ERR_AUTH, "cannot become '%s' for the proxy's console",
                             guard->plan.console_user);
    int rc = pgconn_open(console, "the proxy's console", guard->plan.console, NULL, until, err);
    if (seteuid(self) < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot become root again");
    return rc;
}

int links_server(struct pgconn *conn, const char *what, const char *keywords, const char *database,
                 const struct until *until, struct err *err)
{
    if (!pgconn_lost(conn))
        return 0;
    if (pgconn_open(conn, what, keywords, database, until, err) < 0)
        return -1;
    if (pgconn_ask(conn, setup_sql, until, err) < 0) {
        pgconn_close(conn);
        return -1;
    }
    return 0;
}

int links_source(const struct guard *guard, struct links *links, const struct until *until,
                 struct err *err)
{
    return links_server(&links->source, "the source", guard->plan.source, NULL, until, err);
}

int links_target(const struct guard *guard, struct links *links, const struct until *until,
                 struct err *err)
{
    return links_server(&links->target, "the target", guard->plan.target, NULL, until, err);
}

int links_open(const struct guard *guard, struct links *links, const struct until *until,
               struct err *err)
{
    if (links_console(guard, &links->console, until, err) < 0 ||
        links_console(guard, &links->spare, until, err) < 0 ||
        links_source(guard, links, until, err) < 0)
        return -1;
    return links_target(guard, links, until, err);
}

void links_close(struct links *links)
{
    pgconn_close(&links->console);
    pgconn_close(&links->spare);
    pgconn_close(&links->source);
    pgconn_close(&links->target);
}
