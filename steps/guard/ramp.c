/*
 * Lets the proxy's pool grow slowly at first.
 */
#include "steps/guard/ramp.h"

#include "base/str.h"
#include "steps/guard/console.h"

enum {
    FIRST = 4,        /* connections; logins take 5 to 10 ms each, one after the other */
    FIRST_US = 60000, /* for them to log in and serve who waited */
    STEP = 4,
    STEP_US = 20000,
    STEPS = 12,
    RESTORE_MS = 2000,
};

/* The proxy's own limit is never exceeded; 0 means that it has none. */
static int limit(const struct guard *guard, struct pgconn *console, int connections,
                 const struct until *until, struct err *err)
{
    struct str command CLEANUP(str_free) = STR_INIT;
    if (guard->proxy_limit > 0 && connections > guard->proxy_limit)
        connections = guard->proxy_limit;
    str_printf(&command, "SET max_db_connections = %d", connections);
    return pgconn_ask(console, str_text(&command), until, err);
}

int ramp_begin(const struct guard *guard, struct pgconn *console, const struct until *until,
               struct err *err)
{
    return limit(guard, console, FIRST, until, err);
}

static int climb(const struct guard *guard, struct pgconn *console, const struct until *until,
                 struct err *err)
{
    for (int i = 0; i <= STEPS; i++)
        if (until_nap(until, i == 0 ? FIRST_US : STEP_US, "the proxy's pool grows", err) < 0 ||
            limit(guard, console, FIRST + (i + 1) * STEP, until, err) < 0)
            return -1;
    return 0;
}

int ramp_run(const struct guard *guard, struct pgconn *console, struct err *err)
{
    struct err ignored = ERR_INIT;
    struct until until = until_in_ms(RESTORE_MS, NULL);
    /* A console that fails is opened again; what counts is that the settings are restored. */
    if (climb(guard, console, &until, &ignored) < 0)
        pgconn_close(console);
    until = until_in_ms(RESTORE_MS, NULL);
    if (links_console(guard, console, &until, err) < 0)
        return -1;
    return console_restore(console, &until, err);
}
