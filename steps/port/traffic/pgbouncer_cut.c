/*
 * Arms the guard, gives it the word, and listens. The lines are those of steps/guard/worker.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "steps/port/traffic/pgbouncer.h"

enum {
    ARM_MS = 30000,  /* to open its connections; and to see an older guard go */
    LINE_MS = 90000, /* the guard gives up after less, and says so */
    BYE_MS = 10000,
    FINISH_MS = 120000,
};

/* What stands after a word and a blank, or NULL when the line begins with another. */
static const char *after(const char *line, const char *word)
{
    size_t len = strlen(word);
    return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

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
    const char *why = after(line, "failed");
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

/* What the guard told, as it comes in. */
struct told {
    struct arena *arena;
    traffic_watch *watch;
    void *arg;
    const char **snapshot; /* NULL-terminated */
    size_t snapshots;
    enum traffic_outcome outcome;
};

static void take_snapshot(struct told *told, const char *text)
{
    const char **longer = ARENA_ARRAY(told->arena, const char *, told->snapshots + 2);
    if (told->snapshots > 0)
        memcpy(longer, told->snapshot, told->snapshots * sizeof(*longer));
    longer[told->snapshots++] = arena_strdup(told->arena, text);
    told->snapshot = longer;
}

static void take_phase(const struct told *told, const char *text)
{
    char name[32];
    int64_t at_us = 0;
    if (told->watch && sscanf(text, "%31s %" SCNd64, name, &at_us) == 2)
        told->watch(told->arg, name, at_us);
}

static enum traffic_outcome outcome_of(const char *text)
{
    static const struct {
        const char *name;
        enum traffic_outcome outcome;
    } ends[] = {
        {"switched", TRAFFIC_SWITCHED}, {"returned", TRAFFIC_RETURNED}, {"held", TRAFFIC_HELD}};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (strncmp(text, ends[i].name, strlen(ends[i].name)) == 0)
            return ends[i].outcome;
    return TRAFFIC_NO_OUTCOME;
}

static void take_line(struct told *told, const char *line)
{
    const char *text = after(line, "phase");
    if (text)
        take_phase(told, text);
    else if ((text = after(line, "snapshot")) != NULL)
        take_snapshot(told, text);
    else if ((text = after(line, "outcome")) != NULL)
        told->outcome = outcome_of(text);
}

int pgbouncer_cut(struct traffic *traffic, traffic_watch *watch, void *arg, struct arena *arena,
                  enum traffic_outcome *outcome, const char *const **snapshots, struct err *err)
{
    struct pgbouncer *self = pgbouncer_of(traffic);
    struct told told = {.arena = arena, .watch = watch, .arg = arg};
    told.snapshot = ARENA_ARRAY(arena, const char *, 1);
    if (!self->stream)
        return err_set(err, ERR_INTERNAL, "the guard is not armed");
    if (remote_stream_write(self->stream, "cut", err) < 0)
        return -1;
    while (told.outcome == TRAFFIC_NO_OUTCOME) {
        const char *line;
        int rc = remote_stream_read(self->stream, LINE_MS, &line, err);
        if (rc == 0) {
            take_line(&told, line);
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
    *outcome = at ? outcome_of(at + strlen("outcome ")) : TRAFFIC_NO_OUTCOME;
    if (*outcome != TRAFFIC_NO_OUTCOME)
        return 0;
    const char *why = after(reply.out, "failed");
    return err_set(err, ERR_REMOTE, "the guard on '%s' could not finish: %.*s",
                   pgbouncer_host(self)->name, (int)strcspn(why ? why : reply.errout, "\n"),
                   why ? why : reply.errout);
}
