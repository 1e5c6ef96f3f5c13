/*
 * Finds the session that blocked a hold. Statements may hold what must not go on record (names,
 * card numbers): only their shape is told.
 */
#include "steps/guard/blame.h"

#include <string.h>

int blame_busy(const struct guard *guard, struct pgconn *spare, struct str *out,
               const struct until *until, struct err *err)
{
    if (pgconn_ask(spare, "SHOW SERVERS", until, err) < 0)
        return -1;
    str_add(out, "{");
    for (int i = 0; i < pgconn_rows(spare); i++)
        if (strcmp(pgconn_named(spare, i, "database"), guard->plan.database) == 0 &&
            strcmp(pgconn_named(spare, i, "state"), "active") == 0)
            str_printf(out, "%s%s", out->len > 1 ? "," : "", pgconn_named(spare, i, "remote_pid"));
    str_add(out, "}");
    return 0;
}

static const char name_sql[] = "SELECT 'process ' || pid || ' of user ' || quote_literal(usename) "
                               "|| ' in ' || quote_literal(datname)"
                               " || ', transaction open for ' || round(extract(epoch FROM "
                               "clock_timestamp() - xact_start)::numeric, 1) || ' s, '"
                               " || state || ', statement: '"
                               " || left(regexp_replace(regexp_replace(query, '''([^'']|'''')*''', "
                               "'?', 'g'), '\\m\\d[\\d.]*', '?', 'g'), 80)"
                               " FROM pg_stat_activity WHERE pid = ANY ('%s'::int[]) AND "
                               "xact_start IS NOT NULL ORDER BY xact_start LIMIT 1";

int blame_name(struct pgconn *source, const char *busy, struct str *out, const struct until *until,
               struct err *err)
{
    struct str sql CLEANUP(str_free) = STR_INIT;
    str_printf(&sql, name_sql, busy);
    if (pgconn_ask(source, str_text(&sql), until, err) < 0)
        return -1;
    str_add(out, pgconn_cell(source, 0, 0));
    return 0;
}
