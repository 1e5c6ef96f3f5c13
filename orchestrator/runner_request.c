/*
 * Requests of people, read between actions: an approval wakes the track that waits for it, an abort
 * turns every track round that is before its decision, a rollback each one that is behind it and
 * keeps its old source in step.
 */
#include <string.h>

#include "orchestrator/runner_track.h"

/* Why a track cannot go the way that a person asks for, or NULL when it can. What only its step can
 * know (the window is over), the step says later. */
static const char *refusal(const struct runner *runner, const struct runner_track *track,
                           enum request_kind kind)
{
    bool decided = machine_is_decided(track->machine, track->row);
    bool window = decided && track->service->rollback.window_h > 0 && track->row->back != NULL;
    if (kind == REQUEST_ROLLBACK && !decided)
        return arena_printf(runner->turn,
                            "its clients were not cut over yet: 'ece-migrate abort %s' takes it "
                            "back",
                            runner->id);
    if (kind == REQUEST_ROLLBACK && track->service->rollback.window_h == 0)
        return "the migration file asks for no rollback window, so the old source was not kept in "
               "step with the target";
    if (window)
        return kind == REQUEST_ROLLBACK
                   ? NULL
                   : arena_printf(runner->turn,
                                  "it lies behind the decision: while its rollback window is open, "
                                  "'ece-migrate rollback %s' takes the clients back",
                                  runner->id);
    if (decided || track->row->back == NULL)
        return "it lies behind the decision: from here on there is only forward";
    return NULL;
}

static int turn_round(struct runner *runner, struct runner_track *track,
                      const struct request *request, struct err *err)
{
    if (runner_track_ended(track) || track->way == STEP_ABSENT)
        return 0;
    const char *wish = request->kind == REQUEST_ROLLBACK ? "a rollback" : "the way back";
    const char *why_not = refusal(runner, track, request->kind);
    const char *text =
        arena_printf(runner->turn, "'%s' asked for %s %s phase '%s'%s%s", request->who, wish,
                     why_not == NULL ? "from" : "in", track->row->phase,
                     why_not == NULL ? "" : ", but ", why_not == NULL ? "" : why_not);
    if (why_not == NULL) {
        track->way = STEP_ABSENT;
        track->state = TRACK_ACTIVE;
        track->due_us = 0;
        track->failures = track->unknowns = 0;
        track->progress_us = clock_mono_us(&runner->config.clock);
    }
    runner_tell(runner, &(struct watch){.kind = WATCH_EVENT,
                                        .track = track->name,
                                        .phase = track->row->phase,
                                        .text = text});
    return record_turn(runner, track, why_not == NULL ? "accepted" : "refused", text, err);
}

static bool is_meant(const struct runner_track *track, const struct request *request)
{
    return !runner_track_is_network(track) &&
           (request->track[0] == '\0' || strcmp(request->track, track->name) == 0);
}

/* The network stays as it is: the way back needs its tunnel. It goes back when all services have.
 */
static int roll_back(struct runner *runner, const struct request *request, struct err *err)
{
    for (size_t i = 0; i < runner->tracks; i++)
        if (is_meant(&runner->track[i], request) &&
            turn_round(runner, &runner->track[i], request, err) < 0)
            return -1;
    return 0;
}

/* Whoever waits for it looks at once. */
static void end_window(struct runner *runner, const struct request *request)
{
    for (size_t i = 0; i < runner->tracks; i++)
        if (is_meant(&runner->track[i], request))
            runner->track[i].due_us = 0;
}

/* A rollback needs the tunnel until its clients are back: the network then goes back by itself. */
static bool carries_rollback(const struct runner *runner)
{
    bool asked = false;
    for (size_t i = 0; i < runner->requests; i++)
        asked = asked || runner->request[i].kind == REQUEST_ROLLBACK;
    return asked && (runner->track[0].row->flags & MACHINE_CARRIES) != 0;
}

static int refuse_done(struct runner *runner, const struct runner_track *track,
                       const struct request *request, struct err *err)
{
    return record_turn(runner, track, "refused",
                       arena_printf(runner->turn,
                                    "'%s' asked for the way back, but '%s' is done: its clients "
                                    "are served by the target",
                                    request->who, track->name),
                       err);
}

/* The network goes back only when every service does: a tunnel is not taken from under one that
 * moves forward, and a migration whose clients are at the target was not taken back. */
static int abort_all(struct runner *runner, const struct request *request, struct err *err)
{
    bool all = true;
    for (size_t i = 0; i < runner->tracks; i++) {
        struct runner_track *track = &runner->track[i];
        if (runner_track_is_network(track))
            continue;
        bool done = runner_track_ended(track) && track->way == STEP_PRESENT;
        if ((done ? refuse_done(runner, track, request, err)
                  : turn_round(runner, track, request, err)) < 0)
            return -1;
        all = all && track->way == STEP_ABSENT;
    }
    return all && !carries_rollback(runner) ? turn_round(runner, &runner->track[0], request, err)
                                            : 0;
}

static int obey(struct runner *runner, const struct request *request, struct err *err)
{
    switch (request->kind) {
    case REQUEST_APPROVE:
        return 0;
    case REQUEST_ABORT:
        return abort_all(runner, request, err);
    case REQUEST_ROLLBACK:
        return roll_back(runner, request, err);
    case REQUEST_END_WINDOW:
        end_window(runner, request);
        return 0;
    }
    return err_set(err, ERR_INTERNAL, "a request of no known kind");
}

static int mark(struct runner *runner, const struct request *request, struct err *err)
{
    if (lease_begin(runner->config.lease, err) < 0)
        return -1;
    if (request_mark_seen(runner->config.store, request->id, err) < 0) {
        struct err ignored = ERR_INIT;
        (void)!store_end(runner->config.store, STORE_ROLLBACK, &ignored);
        return -1;
    }
    return store_end(runner->config.store, STORE_COMMIT, err);
}

int runner_requests(struct runner *runner, struct err *err)
{
    if (request_read(runner->config.store, runner->id, runner->turn, &runner->request,
                     &runner->requests, err) < 0)
        return -1;
    for (size_t i = 0; i < runner->requests; i++) {
        struct request *request = &runner->request[i];
        if (request->seen)
            continue;
        if (obey(runner, request, err) < 0)
            return -1;
        if (mark(runner, request, err) < 0)
            return -1;
        request->seen = true;
    }
    return 0;
}
