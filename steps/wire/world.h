/*
 * The world outside: every host of the migration, one reused SSH connection each, and the switch
 * that says whether anything may be changed. In WORLD_READ, which is how it opens and how a dry run
 * stays, every change is refused here with DRY: no step or driver can touch anything even if it is
 * wrong. The runner switches to WORLD_CHANGE around apply and back.
 *
 * Each call is told to the tap, which writes it to the journal.
 */
#ifndef STEPS_WIRE_WORLD_H
#define STEPS_WIRE_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "steps/spec.h"

struct world;

enum world_mode { WORLD_READ, WORLD_CHANGE };

/* One call as it went, for the journal. Streams are not scrubbed yet: the journal does that. */
struct world_io {
    const char *host;
    const char *kind; /* "probe", "change", "put", "get", "sql-probe", "sql-change", "stream" */
    const char *const *argv; /* NULL-terminated; for SQL: the statement; for files: the path */
    const char *in; /* stdin as text, "" when none; the content of secret files is never here */
    size_t in_len;
    const char *out;
    size_t out_len;
    const char *errout;
    size_t errout_len;
    int status; /* exit status, -1 when there is none (connection lost, time limit) */
    int64_t took_us;
    const char *failure; /* NULL, or the error's text */
};
typedef void world_tap(void *arg, const struct world_io *io);

/* Opens nothing yet: connections are made on first use. tap may be NULL. The spec must outlive the
 * world. */
struct world *world_open(const struct spec *spec, struct clock clock, world_tap *tap,
                         void *tap_arg);
void world_close(struct world *world); /* NULL is fine */

void world_set_mode(struct world *world, enum world_mode mode);
enum world_mode world_get_mode(const struct world *world);
/* Errors: DRY when the world is in WORLD_READ; what says what was about to happen. */
int world_may_change(const struct world *world, const char *what, struct err *err) MUST_CHECK;

#endif
