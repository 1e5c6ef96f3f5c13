/*
 * Ends the sessions at the source and proves that none is left, by one prepared statement that does
 * both: its rows are who was still there.
 */
#include "steps/guard/clear.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A backend that exists during the whole statement is among the children; it is either known to
   pg_stat_activity or stands here as unknown. So no row means: nobody. The server's own processes,
   by their type, write nothing that a client was told of. */
static const char look_sql[] =
    "PREPARE ece_clear(text, int[]) AS "
    "WITH child AS MATERIALIZED (SELECT t.pid::int AS pid FROM"
    " regexp_split_to_table(btrim(pg_read_file($1, 0, 1000000)), '\\s+') AS t(pid) WHERE t.pid <> "
    "''),"
    " act AS MATERIALIZED (SELECT pid, datid, usename, backend_type FROM pg_stat_activity),"
    " inside AS ("
    " SELECT pid, backend_type AS kind, coalesce(usename, '') AS who FROM act"
    "  WHERE pid <> pg_backend_pid() AND usename IS DISTINCT FROM current_user"
    "  AND NOT (backend_type = 'walsender' AND datid IS NULL)"
    "  AND backend_type NOT IN ('autovacuum launcher', 'autovacuum worker', 'logical replication "
    "launcher',"
    "  'background writer', 'checkpointer', 'walwriter', 'archiver', 'startup', 'walreceiver', "
    "'walsummarizer',"
    "  'slotsync worker', 'io worker')"
    " UNION ALL"
    " SELECT pid, 'unknown process', '' FROM child"
    "  WHERE NOT EXISTS (SELECT FROM act WHERE act.pid = child.pid) AND pid <> ALL ($2))"
    " SELECT pid, kind, who, pg_terminate_backend(pid) FROM inside"
    " UNION ALL SELECT 0, 'prepared transaction', quote_literal(gid), false FROM pg_prepared_xacts";

/* Children that pg_stat_activity never shows, told by the whole title that the server gives them (a
   user may be called 'logger', but then his name is followed by more). */
static const char own_sql[] =
    "SELECT coalesce(array_agg(pid), '{}') FROM (SELECT t.pid::int AS pid FROM"
    " regexp_split_to_table(btrim(pg_read_file('%s', 0, 1000000)), '\\s+') AS t(pid) WHERE t.pid "
    "<> '') AS c"
    " WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = c.pid)"
    " AND encode(pg_read_binary_file('/proc/' || pid || '/cmdline', 0, 200, true), 'escape')"
    " ~ '^postgres: ([^:]*: )?(logger|stats collector) *(\\\\000|$)'";

static const char forecast_sql[] =
    "SELECT 'the prepared transaction ' || quote_literal(gid) || ' of ' || owner || ' in ' || "
    "database"
    " FROM pg_prepared_xacts UNION ALL SELECT 'the enabled subscription ' || quote_literal(subname)"
    " FROM pg_subscription WHERE subenabled LIMIT 3";

static const char execute_sql[] =
    "EXECUTE ece_clear(current_setting('ece.children'), current_setting('ece.own')::int[])";

enum { OWN_TRIES = 10 };

/* The postmaster's pid is the first line of its pid file; the list of its children is then a fixed
 * path. */
static int find_children(struct pgconn *source, struct str *path, const struct until *until,
                         struct err *err)
{
    if (pgconn_ask(source, "SELECT split_part(pg_read_file('postmaster.pid', 0, 100), E'\\n', 1)",
                   until, err) < 0)
        return -1;
    const char *pid = pgconn_cell(source, 0, 0);
    if (atoi(pid) <= 1)
        return err_set(err, ERR_REFUSED, "postmaster.pid at the source holds no process id");
    str_printf(path, "/proc/%s/task/%s/children", pid, pid);
    return 0;
}

/* A child that ends while its title is read makes the whole statement fail: then again. */
static int find_own(struct pgconn *source, const char *children, const struct until *until,
                    struct err *err)
{
    struct str sql CLEANUP(str_free) = STR_INIT;
    str_printf(&sql, own_sql, children);
    for (int tries = 1;; tries++) {
        if (pgconn_ask(source, str_text(&sql), until, err) == 0)
            return 0;
        if (err->code != ERR_DATABASE || tries == OWN_TRIES)
            break;
        err_clear(err);
        if (until_nap(until, 2000, "the processes of the source are listed", err) < 0)
            break;
    }
    return err_add(err,
                   "the processes of the source cannot be listed, so no fence could be proved");
}

int clear_prepare(struct pgconn *source, const struct until *until, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    struct str set CLEANUP(str_free) = STR_INIT;
    if (find_children(source, &path, until, err) < 0 ||
        find_own(source, str_text(&path), until, err) < 0)
        return -1;
    str_printf(&set, "SET ece.children = '%s'; SET ece.own = '%s'; DEALLOCATE ALL", str_text(&path),
               pgconn_cell(source, 0, 0));
    if (pgconn_ask(source, str_text(&set), until, err) < 0)
        return -1;
    return pgconn_ask(source, look_sql, until, err);
}

/* Names the first few of a result's people: "client backend 123 of 'app'". */
static void name_them(const struct pgconn *source, struct str *out)
{
    for (int i = 0; i < pgconn_rows(source) && i < 3; i++)
        str_printf(out, "%s%s %s%s%s", i ? ", " : "", pgconn_cell(source, i, 1),
                   strcmp(pgconn_cell(source, i, 0), "0") == 0 ? "" : pgconn_cell(source, i, 0),
                   pgconn_cell(source, i, 2)[0] ? " of " : "", pgconn_cell(source, i, 2));
}

int clear_forecast(struct pgconn *source, const struct until *until, struct err *err)
{
    if (pgconn_ask(source, forecast_sql, until, err) < 0)
        return -1;
    if (pgconn_rows(source) == 0)
        return 0;
    return err_set(err, ERR_REFUSED, "%s at the source cannot be ended by us",
                   pgconn_cell(source, 0, 0));
}

int clear_begin(struct pgconn *source, const struct until *until, struct err *err)
{
    return pgconn_send(source, execute_sql, until, err);
}

/* A prepared transaction stays whatever we do: no use in waiting. */
static bool is_hopeless(const struct pgconn *source)
{
    for (int i = 0; i < pgconn_rows(source); i++)
        if (strcmp(pgconn_cell(source, i, 0), "0") == 0)
            return true;
    return false;
}

static int give_up(struct err *err, enum err_code code, const struct str *who)
{
    return err_set(err, code, "the source cannot be closed%s: %s is left",
                   code == ERR_REFUSED ? "" : " in time",
                   who->len > 0 ? str_text(who) : "nobody knows who");
}

int clear_finish(struct pgconn *source, const struct until *until, struct err *err)
{
    struct str who CLEANUP(str_free) = STR_INIT;
    if (pgconn_collect(source, until, err) < 0)
        return -1;
    for (;;) {
        if (pgconn_ask(source, execute_sql, until, err) < 0)
            return err->code == ERR_TIMEOUT ? give_up(err, err->code, &who) : -1;
        if (pgconn_rows(source) == 0)
            return 0;
        str_clear(&who);
        name_them(source, &who);
        if (is_hopeless(source))
            return give_up(err, ERR_REFUSED, &who);
        struct err nap = ERR_INIT;
        if (until_nap(until, 300, "sessions end at the source", &nap) < 0)
            return give_up(err, nap.code, &who);
    }
}
