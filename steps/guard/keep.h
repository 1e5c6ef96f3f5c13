/*
 * What the guard's processes do to stay alive and quick, and to leave nothing behind.
 */
#ifndef GUARD_KEEP_H
#define GUARD_KEEP_H

#include <sys/types.h>
#include <time.h>

/* Memory is not paged out, the out-of-memory killer looks elsewhere, the scheduler prefers us, no
 * core is dumped. Each only if allowed. */
void keep_alive(void);
/* Which secret an attempt began with: the file /run/ece-ID/pgpass as it was then. */
struct keep_secret {
    dev_t dev;
    ino_t ino;
    struct timespec changed;
};
void keep_see_secret(struct keep_secret *out, const char *id); /* zeroed when there is none */

/* Removes /run/ece-ID with the files in it: the secrets that the attempt needed. Nothing there is
 * fine. A secret that was written anew since is the next attempt's, and stays. */
void keep_no_secret(const char *id, const struct keep_secret *mine);

#endif
