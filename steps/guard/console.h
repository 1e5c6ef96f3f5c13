/*
 * PgBouncer's admin console: the few commands we give it. (pgbouncer.org/usage.html; 1.18's
 * behaviour was read in its source and tried.)
 */
#ifndef GUARD_CONSOLE_H
#define GUARD_CONSOLE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "steps/guard/pgconn.h"

/* A line of SHOW DATABASES. */
struct console_entry {
    bool found, paused;
    char host[128];
    char port[8];
    int max_connections; /* 0: no limit */
    int pool_size, reserve_size;
};
/* Errors: as pgconn_ask. */
int console_entry(struct pgconn *console, const char *database, const struct until *until,
                  struct console_entry *out, struct err *err) MUST_CHECK;

/* Pure parts of what is asked, from the console's last result: a line of SHOW DATABASES, and how
   many lines of SHOW POOLS have a server connection of the database that is logging in. */
void console_entry_read(const struct pgconn *console, const char *database,
                        struct console_entry *out);
int console_logins_read(const struct pgconn *console, const char *database);

/* Lets the proxy open no new server connection, and waits until none is logging in: PAUSE would end
   such a login, PgBouncer counts that as a failed one, and then refuses whoever asks next until a
   login has worked ("server login has been failing"). Waits at most wait_us for it (TIMEOUT).
   *out_frozen tells whether the settings bind this entry: it may have limits of its own. A RELOAD
   undoes them. Errors: as pgconn_ask. */
int console_freeze(struct pgconn *console, const char *database, int64_t wait_us,
                   const struct until *until, bool *out_frozen, struct err *err) MUST_CHECK;
/* PAUSE; the answer comes when all transactions have ended: pgconn_collect. */
int console_pause_send(struct pgconn *console, const char *database, const struct until *until,
                       struct err *err) MUST_CHECK;
/* RESUME; not paused is fine. Undoes a PAUSE that still waits too (its own console then stays
 * without an answer: close it). */
int console_resume(struct pgconn *console, const char *database, const struct until *until,
                   struct err *err) MUST_CHECK;
/* RELOAD, and the settings that a cut needs on top of the file: no waiting after a failed login (a
   race at the PAUSE would otherwise freeze the pool for server_login_retry, 15 s by default), no
   logins for min_pool_size while paused. */
int console_reload(struct pgconn *console, const struct until *until, struct err *err) MUST_CHECK;
int console_settings(struct pgconn *console, const struct until *until, struct err *err) MUST_CHECK;
/* RELOAD alone: the file's settings hold again. */
int console_restore(struct pgconn *console, const struct until *until, struct err *err) MUST_CHECK;

#endif
