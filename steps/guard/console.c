/*
 * Commands to PgBouncer's console. It takes one command in a query.
 */
#include "steps/guard/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* COMMAND "name", with quotes in the name doubled. */
static void command(struct str *out, const char *verb, const char *database)
{
    str_printf(out, "%s \"", verb);
    for (const char *c = database; *c; c++)
        str_add_n(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    str_add(out, "\"");
}

static int ask(struct pgconn *console, const char *const commands[], size_t len,
               const struct until *until, struct err *err)
{
    for (size_t i = 0; i < len; i++)
        if (pgconn_ask(console, commands[i], until, err) < 0)
            return -1;
    return 0;
}

void console_entry_read(const struct pgconn *console, const char *database,
                        struct console_entry *out)
{
    *out = (struct console_entry){0};
    for (int i = 0; i < pgconn_rows(console); i++) {
        if (strcmp(pgconn_named(console, i, "name"), database) != 0)
            continue;
        out->found = true;
        out->paused = strcmp(pgconn_named(console, i, "paused"), "0") != 0;
        snprintf(out->host, sizeof(out->host), "%s", pgconn_named(console, i, "host"));
        snprintf(out->port, sizeof(out->port), "%s", pgconn_named(console, i, "port"));
        out->max_connections = atoi(pgconn_named(console, i, "max_connections"));
        out->pool_size = atoi(pgconn_named(console, i, "pool_size"));
        out->reserve_size = atoi(pgconn_named(console, i, "reserve_pool"));
    }
}

int console_entry(struct pgconn *console, const char *database, const struct until *until,
                  struct console_entry *out, struct err *err)
{
    *out = (struct console_entry){0};
    if (pgconn_ask(console, "SHOW DATABASES", until, err) < 0)
        return -1;
    console_entry_read(console, database, out);
    return 0;
}

int console_logins_read(const struct pgconn *console, const char *database)
{
    int count = 0;
    for (int i = 0; i < pgconn_rows(console); i++)
        if (strcmp(pgconn_named(console, i, "database"), database) == 0 &&
            strcmp(pgconn_named(console, i, "sv_login"), "0") != 0)
            count++;
    return count;
}

/* How many server connections of the database are logging in right now; −1 with err. */
static int logins(struct pgconn *console, const char *database, const struct until *until,
                  struct err *err)
{
    if (pgconn_ask(console, "SHOW POOLS", until, err) < 0)
        return -1;
    return console_logins_read(console, database);
}

static int await_logins(struct pgconn *console, const char *database, int64_t wait_us,
                        const struct until *until, struct err *err)
{
    int64_t end_us = until_now_us() + wait_us;
    for (;;) {
        int busy = logins(console, database, until, err);
        if (busy <= 0)
            return busy;
        if (until_now_us() >= end_us)
            return err_set(err, ERR_TIMEOUT, "the proxy was logging in at its server for %d ms",
                           (int)(wait_us / 1000));
        if (until_nap(until, 300, "waiting for logins of the proxy to end", err) < 0)
            return -1;
    }
}

/* max_db_connections alone is not enough: when all connections of a database are idle, PgBouncer
   closes them to make room for a new one. A pool of size 0 takes none at all. */
int console_freeze(struct pgconn *console, const char *database, int64_t wait_us,
                   const struct until *until, bool *out_frozen, struct err *err)
{
    static const char *const commands[] = {"SET min_pool_size = 0", "SET reserve_pool_size = 0",
                                           "SET max_db_connections = 1",
                                           "SET default_pool_size = 0"};
    struct console_entry entry;
    if (ask(console, commands, ARRAY_LEN(commands), until, err) < 0 ||
        console_entry(console, database, until, &entry, err) < 0)
        return -1;
    *out_frozen = entry.pool_size == 0 && entry.reserve_size == 0;
    return await_logins(console, database, wait_us, until, err);
}

int console_pause_send(struct pgconn *console, const char *database, const struct until *until,
                       struct err *err)
{
    struct str text CLEANUP(str_free) = STR_INIT;
    command(&text, "PAUSE", database);
    return pgconn_send(console, str_text(&text), until, err);
}

int console_resume(struct pgconn *console, const char *database, const struct until *until,
                   struct err *err)
{
    struct str text CLEANUP(str_free) = STR_INIT;
    command(&text, "RESUME", database);
    int rc = pgconn_ask(console, str_text(&text), until, err);
    bool not_paused = rc < 0 && strstr(err->text, "is not paused");
    if (not_paused)
        err_clear(err);
    return not_paused ? 0 : rc;
}

int console_settings(struct pgconn *console, const struct until *until, struct err *err)
{
    static const char *const commands[] = {"SET server_login_retry = 0", "SET min_pool_size = 0"};
    return ask(console, commands, ARRAY_LEN(commands), until, err);
}

int console_restore(struct pgconn *console, const struct until *until, struct err *err)
{
    return pgconn_ask(console, "RELOAD", until, err);
}

int console_reload(struct pgconn *console, const struct until *until, struct err *err)
{
    if (console_restore(console, until, err) < 0)
        return -1;
    return console_settings(console, until, err);
}
