/*
 * Requests of people, read between actions: an approval wakes the track that waits for it, an abort
 * turns every track round that still can.
 */
#include <string.h>

#include "orchestrator/runner_track.h"

static bool can_turn(const struct runner_track *track)
{
    return !runner_track_ended(track) && track->row->back != NULL;
}

static int turn_round(struct runner *runner, struct runner_track *track,
                      const struct request *request, struct err *err)
{
    if (runner_track_ended(track) || track->way == STEP_ABSENT)
        return 0;
    const char *text =
        can_turn(track)
            ? arena_printf(runner->turn, "'%s' asked for the way back from phase '%s'",
                           request->who, track->row->phase)
            : arena_printf(
                  runner->turn,
                  "'%s' asked for the way back, but phase '%s' lies behind the decision: from "
                  "here on there is only forward",
                  request->who, track->row->phase);
    if (can_turn(track)) {
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
    return record_turn(runner, track, can_turn(track) ? "accepted" : "refused", text, err);
}

/* The network goes back only when every service that has not ended can: a tunnel is not taken from
 * under a service that moves forward. */
static int abort_all(struct runner *runner, const struct request *request, struct err *err)
{
    bool all = true;
    for (size_t i = 0; i < runner->tracks; i++) {
        struct runner_track *track = &runner->track[i];
        if (runner_track_is_network(track))
            continue;
        if (turn_round(runner, track, request, err) < 0)
            return -1;
        all = all && (runner_track_ended(track) || track->way == STEP_ABSENT);
    }
    return all ? turn_round(runner, &runner->track[0], request, err) : 0;
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
        if (request->kind == REQUEST_ABORT && abort_all(runner, request, err) < 0)
            return -1;
        if (mark(runner, request, err) < 0)
            return -1;
        request->seen = true;
    }
    return 0;
}
