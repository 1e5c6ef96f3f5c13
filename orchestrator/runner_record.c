/*
 * Writing down what the runner does: intents, outcomes, phases and waits, each with the remote
 * calls and notes of the turn, in one transaction that the fence number guards.
 */
#include <string.h>

#include "orchestrator/runner_track.h"
#include "state/sample.h"
#include "base/json.h"

#define STREAM_MAX 65536

static int append(struct runner *runner, const struct journal_entry *entry, struct err *err)
{
    return journal_append(runner->config.store, runner->id, lease_fence(runner->config.lease),
                          entry, err);
}

/* The first and the last half of a long stream: what is between is counted, not kept. NUL bytes
 * become '?'. */
static json_t *stream(struct arena *arena, const char *bytes, size_t len)
{
    struct str text CLEANUP(str_free) = STR_INIT;
    size_t head = len <= STREAM_MAX ? len : STREAM_MAX / 2;
    str_add_n(&text, bytes, head);
    if (head < len) {
        str_printf(&text, "\n[%zu bytes left out]\n", len - 2 * head);
        str_add_n(&text, bytes + len - head, head);
    }
    char *copy = arena_strndup(arena, str_text(&text), text.len);
    for (size_t i = 0; i < text.len; i++)
        copy[i] = text.text[i] == '\0' ? '?' : text.text[i];
    return json_make_text(copy);
}

static void put_stream(struct arena *arena, json_t *object, const char *key, const char *bytes,
                       size_t len)
{
    if (len > 0)
        json_put(object, key, stream(arena, bytes, len));
}

static const char *io_detail(struct arena *arena, const struct world_io *io)
{
    json_t *detail CLEANUP(json_cleanup) = json_make_object();
    json_t *argv = json_make_array();
    for (size_t i = 0; io->argv != NULL && io->argv[i] != NULL; i++)
        json_add(argv, json_make_text(io->argv[i]));
    json_put(detail, "argv", argv);
    put_stream(arena, detail, "stdin", io->in, io->in_len);
    put_stream(arena, detail, "stdout", io->out, io->out_len);
    put_stream(arena, detail, "stderr", io->errout, io->errout_len);
    json_put(detail, "status", json_integer(io->status));
    json_put(detail, "took_us", json_integer(io->took_us));
    if (io->failure != NULL)
        json_put(detail, "failure", json_make_text(io->failure));
    return json_text(detail, arena);
}

static const char *io_argv(struct arena *arena, const struct world_io *io)
{
    struct str out CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; io->argv != NULL && io->argv[i] != NULL && out.len < 400; i++)
        str_printf(&out, "%s%.200s", i == 0 ? "" : " ", io->argv[i]);
    return arena_strdup(arena, str_text(&out));
}

void runner_tap(void *arg, const struct world_io *io)
{
    struct runner *runner = arg;
    if (runner->turn == NULL)
        return;
    if (runner->ios == runner->io_room) {
        size_t room = runner->io_room == 0 ? 16 : runner->io_room * 2;
        struct runner_io *grown = ARENA_ARRAY(runner->turn, struct runner_io, room);
        if (runner->ios > 0)
            memcpy(grown, runner->io, runner->ios * sizeof(*grown));
        runner->io = grown;
        runner->io_room = room;
    }
    runner->io[runner->ios++] = (struct runner_io){
        .host = arena_strdup(runner->turn, io->host),
        .kind = arena_strdup(runner->turn, io->kind),
        .argv = io_argv(runner->turn, io),
        .detail = io_detail(runner->turn, io),
        .result = io->failure != NULL ? "failed"
                  : io->status == 0   ? "ok"
                                      : arena_printf(runner->turn, "status %d", io->status),
    };
}

static int flush_io(struct runner *runner, const struct runner_track *track, struct err *err)
{
    for (size_t i = 0; i < runner->ios; i++) {
        const struct runner_io *io = &runner->io[i];
        struct journal_entry entry = {.kind = JOURNAL_IO,
                                      .track = track->name,
                                      .phase = track->row->phase,
                                      .action = io->kind,
                                      .object = io->host,
                                      .actor = "runner",
                                      .result = io->result,
                                      .text = io->argv,
                                      .detail = io->detail};
        if (append(runner, &entry, err) < 0)
            return -1;
    }
    runner->ios = 0;
    return 0;
}

static int flush_note(struct runner *runner, const struct runner_track *track,
                      const struct step_note *note, struct err *err)
{
    struct journal_entry entry = {
        .track = track->name, .phase = track->row->phase, .actor = "runner", .text = note->text};
    json_t *remedy CLEANUP(json_cleanup) = NULL;
    switch (note->kind) {
    case NOTE_FACT:
        return fact_put(runner->config.store, runner->id, track->name, note->name, note->text, err);
    case NOTE_SAMPLE:
        return 0;
    case NOTE_EVENT:
        entry.kind = JOURNAL_EVENT;
        entry.action = note->name;
        entry.detail = note->detail;
        break;
    case NOTE_FINDING:
        entry.kind = JOURNAL_FINDING;
        entry.action = note->name;
        entry.object = note->object;
        entry.result = finding_level_name(note->level);
        remedy = json_make_object();
        json_put(remedy, "remedy", json_make_text(note->detail == NULL ? "" : note->detail));
        entry.detail = json_text(remedy, runner->turn);
        break;
    }
    return append(runner, &entry, err);
}

static void tell_note(const struct runner *runner, const struct runner_track *track,
                      const struct step_note *note)
{
    struct watch watch = {
        .track = track->name, .phase = track->row->phase, .action = note->name, .text = note->text};
    if (note->kind == NOTE_EVENT) {
        watch.kind = WATCH_EVENT;
        runner_tell(runner, &watch);
    } else if (note->kind == NOTE_FINDING && note->level != FINDING_PASS) {
        watch.kind = WATCH_FINDING;
        watch.object = note->object;
        watch.level = note->level;
        runner_tell(runner, &watch);
    }
}

static int flush_notes(struct runner *runner, const struct runner_track *track, struct err *err)
{
    for (size_t i = 0; i < runner->notes.len; i++)
        if (flush_note(runner, track, &runner->notes.note[i], err) < 0)
            return -1;
    return 0;
}

static int put_track(struct runner *runner, const struct runner_track *track, struct err *err)
{
    struct track row = {.name = track->name,
                        .phase = track->row->phase,
                        .goal = track->way == STEP_PRESENT ? "present" : "absent",
                        .state = track->state,
                        .reason = track->reason,
                        .attempt = track->attempt,
                        .phase_since_us = track->phase_since_us};
    return migration_put_track(runner->config.store, runner->id, &row, err);
}

/* One transaction: the turn's calls and notes, then the entry, then the track as it stands. entry
 * may be NULL. */
static int record(struct runner *runner, const struct runner_track *track,
                  const struct journal_entry *entry, struct err *err)
{
    if (lease_begin(runner->config.lease, err) < 0)
        return -1;
    if (flush_io(runner, track, err) < 0 || flush_notes(runner, track, err) < 0 ||
        (entry != NULL && append(runner, entry, err) < 0) || put_track(runner, track, err) < 0) {
        struct err ignored = ERR_INIT;
        (void)!store_end(runner->config.store, STORE_ROLLBACK, &ignored);
        return -1;
    }
    if (store_end(runner->config.store, STORE_COMMIT, err) < 0)
        return -1;
    for (size_t i = 0; i < runner->notes.len; i++)
        tell_note(runner, track, &runner->notes.note[i]);
    return record_samples(runner, track, err);
}

int record_intent(struct runner *runner, const struct runner_track *track,
                  const struct step_action *action, struct err *err)
{
    struct journal_entry entry = {.kind = JOURNAL_INTENT,
                                  .track = track->name,
                                  .phase = track->row->phase,
                                  .action = action->name,
                                  .object = action->object,
                                  .actor = "runner",
                                  .result = "",
                                  .text = action->story};
    return record(runner, track, &entry, err);
}

int record_outcome(struct runner *runner, const struct runner_track *track,
                   const struct step_action *action, const char *result, const char *text,
                   int64_t took_us, struct err *err)
{
    struct journal_entry entry = {
        .kind = JOURNAL_OUTCOME,
        .track = track->name,
        .phase = track->row->phase,
        .action = action->name,
        .object = action->object,
        .actor = "runner",
        .result = result,
        .text = text,
        .detail = arena_printf(runner->turn, "{\"took_us\":%lld}", (long long)took_us)};
    return record(runner, track, &entry, err);
}

int record_phase(struct runner *runner, const struct runner_track *track, struct err *err)
{
    struct journal_entry entry = {.kind = JOURNAL_PHASE,
                                  .track = track->name,
                                  .phase = track->row->phase,
                                  .actor = "runner",
                                  .result = track->way == STEP_PRESENT ? "forward" : "back",
                                  .text = track->row->story};
    return record(runner, track, &entry, err);
}

int record_stand(struct runner *runner, const struct runner_track *track, enum journal_kind kind,
                 struct err *err)
{
    struct journal_entry entry = {.kind = kind,
                                  .track = track->name,
                                  .phase = track->row->phase,
                                  .actor = "runner",
                                  .result = track_state_name(track->state),
                                  .text = track->reason};
    return record(runner, track, &entry, err);
}

int record_event(struct runner *runner, enum journal_kind kind, const char *track,
                 const char *result, const char *text, struct err *err)
{
    struct journal_entry entry = {
        .kind = kind, .track = track, .actor = "runner", .result = result, .text = text};
    if (lease_begin(runner->config.lease, err) < 0)
        return -1;
    if (append(runner, &entry, err) < 0) {
        struct err ignored = ERR_INIT;
        (void)!store_end(runner->config.store, STORE_ROLLBACK, &ignored);
        return -1;
    }
    return store_end(runner->config.store, STORE_COMMIT, err);
}

int record_turn(struct runner *runner, const struct runner_track *track, const char *result,
                const char *text, struct err *err)
{
    struct journal_entry entry = {.kind = JOURNAL_REQUEST,
                                  .track = track->name,
                                  .actor = "runner",
                                  .result = result,
                                  .text = text};
    if (lease_begin(runner->config.lease, err) < 0)
        return -1;
    if (append(runner, &entry, err) < 0 || put_track(runner, track, err) < 0) {
        struct err ignored = ERR_INIT;
        (void)!store_end(runner->config.store, STORE_ROLLBACK, &ignored);
        return -1;
    }
    return store_end(runner->config.store, STORE_COMMIT, err);
}

int record_machine(struct runner *runner, int64_t from, int64_t to, struct err *err)
{
    struct journal_entry entry = {
        .kind = JOURNAL_EVENT,
        .track = "network",
        .action = "machine",
        .actor = "runner",
        .result = "ok",
        .text = arena_printf(runner->steady,
                             "it was begun with phase tables of version %lld and goes on with "
                             "those of version %lld",
                             (long long)from, (long long)to)};
    if (lease_begin(runner->config.lease, err) < 0)
        return -1;
    if (append(runner, &entry, err) < 0 ||
        migration_set_machine(runner->config.store, runner->id, to, err) < 0)
        return store_rollback(runner->config.store);
    return store_end(runner->config.store, STORE_COMMIT, err);
}

int record_samples(struct runner *runner, const struct runner_track *track, struct err *err)
{
    struct sample sample[16];
    size_t len = 0;
    for (size_t i = 0; i < runner->notes.len && len < ARRAY_LEN(sample); i++) {
        const struct step_note *note = &runner->notes.note[i];
        if (note->kind == NOTE_SAMPLE && note->value >= 0)
            sample[len++] = (struct sample){.wall_us = clock_wall_us(&runner->config.clock),
                                            .track = track->name,
                                            .name = note->name,
                                            .value = note->value};
    }
    runner->notes.len = 0;
    return len == 0 ? 0 : sample_put(runner->config.lease, runner->id, sample, len, err);
}
