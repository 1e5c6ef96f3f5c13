/*
 * What the guard's processes do to stay alive and quick, and to leave nothing behind.
 */
#ifndef GUARD_KEEP_H
#define GUARD_KEEP_H

/* Memory is not paged out, the out-of-memory killer looks elsewhere, the scheduler prefers us, no
 * core is dumped. Each only if allowed. */
void keep_alive(void);
/* Removes /run/ece-ID with the files in it: the secrets that the attempt needed. Nothing there is
 * fine. */
void keep_no_secret(const char *id);

#endif
