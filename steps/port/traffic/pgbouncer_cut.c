/*
 * Arms the guard, gives it the word, and listens. The lines are those of steps/guard/worker.h.
 */
#include <inttypes.h>
#include <string.h>

#include "steps/port/traffic/pgbouncer.h"
#include "steps/port/traffic/pgbouncer_told.h"

enum {
    ARM_MS = 30000,  /* to open its connections; and to see an older guard go */
    LINE_MS = 90000, /* the guard gives up after less, and says so */
    BYE_MS = 10000,
    FINISH_MS = 120000,
};

static void drop(struct pgbouncer *self)
{
    remote_stream_close(self->stream);
    self->stream = NULL;
}

static int await_ready(struct pgbouncer *self, struct err *err)
{
    const char *line;
    int rc = remote_stream_read(self->stream, ARM_MS, &line, err);
    if (rc < 0)
        return err_add(err, "arming the guard");
    if (rc == 1)
        return err_set(err, ERR_REMOTE, "the guard on '%s' ended before it was ready",
                       pgbouncer_host(self)->name);
    if (strcmp(line, "ready") == 0)
        return 0;
    const char *why = pgbouncer_told_after(line, "failed");
    return err_set(err, ERR_REFUSED, "the guard on '%s' refuses: %s", pgbouncer_host(self)->name,
                   why ? why : line);
}

int pgbouncer_arm(struct traffic *traffic, int64_t attempt, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    const char *const argv[] = {self->program, "run", self->dir,
                                arena_printf(arena, "%" PRId64, attempt), NULL};
    drop(self);
    if (remote_stream_open(&self->stream, self->world, pgbouncer_host(self), argv, err) < 0)
        return -1;
    if (await_ready(self, err) < 0) {
        drop(self);
        return -1;
    }
    return 0;
}

int pgbouncer_cut(struct traffic *traffic, traffic_watch *watch, void *arg, struct arena *arena,
                  enum traffic_outcome *outcome, const char *const **snapshots, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct pgbouncer_told told;
    pgbouncer_told_begin(&told, arena, watch, arg);
    if (!self->stream)
        return err_set(err, ERR_INTERNAL, "the guard is not armed");
    if (remote_stream_write(self->stream, "cut", err) < 0)
        return -1;
    while (told.outcome == TRAFFIC_NO_OUTCOME) {
        const char *line;
        int rc = remote_stream_read(self->stream, LINE_MS, &line, err);
        if (rc == 0) {
            pgbouncer_told_line(&told, line);
            continue;
        }
        drop(self);
        err->code = ERR_UNREACHABLE;
        return rc == 1 ? err_set(err, ERR_UNREACHABLE, "the guard's voice was lost in the cut")
                       : -1;
    }
    *outcome = told.outcome;
    *snapshots = (const char *const *)told.snapshot;
    return 0;
}

/* A guard whose voice was lost ends by itself: the end of its input is its order to. */
int pgbouncer_disarm(struct traffic *traffic, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    const char *line;
    struct err ignored = ERR_INIT;
    (void)err;
    if (self->stream && remote_stream_write(self->stream, "bye", &ignored) == 0)
        while (remote_stream_read(self->stream, BYE_MS, &line, &ignored) == 0)
            continue;
    drop(self);
    return 0;
}

int pgbouncer_finish(struct traffic *traffic, struct arena *arena, enum traffic_outcome *outcome,
                     struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    const char *const argv[] = {self->program, "finish", self->dir, NULL};
    struct remote_cmd cmd = {.argv = argv, .timeout_ms = FINISH_MS};
    struct remote_reply reply;
    drop(self);
    if (remote_change(self->world, pgbouncer_host(self), &cmd, arena, &reply, err) < 0)
        return -1;
    const char *at = strstr(reply.out, "outcome ");
    *outcome = at ? pgbouncer_told_outcome(at + strlen("outcome ")) : TRAFFIC_NO_OUTCOME;
    if (*outcome != TRAFFIC_NO_OUTCOME)
        return 0;
    const char *why = pgbouncer_told_after(reply.out, "failed");
    return err_set(err, ERR_REMOTE, "the guard on '%s' could not finish: %.*s",
                   pgbouncer_host(self)->name, (int)strcspn(why ? why : reply.errout, "\n"),
                   why ? why : reply.errout);
}
