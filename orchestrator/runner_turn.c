/*
 * One turn of one track: observe, plan, apply, and what each of them may lead to.
 */
#include <string.h>

#include "orchestrator/runner_track.h"

#define BACKOFF_FIRST_US INT64_C(500000)
#define BACKOFF_MAX_US   INT64_C(60000000)
#define UNKNOWNS_MAX     5
/* How long errors in a row are borne in a phase that may otherwise take as long as it likes. */
#define PATIENCE_S 3600

static int64_t now_us(const struct runner *runner)
{
    return clock_mono_us(&runner->config.clock);
}

static bool stop_asked(const struct runner *runner)
{
    return runner->config.stop != NULL && *runner->config.stop != 0;
}

static enum step_goal goal_of(const struct runner_track *track)
{
    return track->way == STEP_ABSENT ? STEP_ABSENT : track->row->goal;
}

static void reach(const struct runner *runner, const struct runner_track *track,
                  const struct step_action *action, enum runner_moment moment)
{
    if (runner->config.hook != NULL)
        runner->config.hook(runner->config.hook_arg, track->row->phase, action->name, moment);
}

static void set_reason(struct runner_track *track, const char *reason)
{
    str_copy(track->reason, sizeof(track->reason), reason);
}

static int enter(struct runner *runner, struct runner_track *track, const char *phase,
                 struct err *err)
{
    track->row = machine_find(track->machine, phase);
    track->state = (track->row->flags & MACHINE_END) ? TRACK_DONE : TRACK_ACTIVE;
    track->attempt = 1;
    track->phase_since_us = clock_wall_us(&runner->config.clock);
    track->progress_us = track->due_us = now_us(runner);
    track->failures = track->unknowns = 0;
    track->looked = false;
    track->acted[0] = track->reason[0] = '\0';
    rate_reset(&track->rate);
    if (record_phase(runner, track, err) < 0)
        return -1;
    bool back = track->way == STEP_ABSENT && !runner_track_ended(track);
    runner_tell(runner, &(struct watch){.kind = WATCH_PHASE,
                                        .track = track->name,
                                        .phase = phase,
                                        .text = back ? "is taken back" : track->row->story});
    return 0;
}

/* A network track that carried services of which every one was rolled back goes back as well: the
 * migration is over as one that was taken back. */
static bool all_taken_back(const struct runner *runner, const struct runner_track *track)
{
    if ((track->row->flags & MACHINE_CARRIES) == 0)
        return false;
    for (size_t i = 0; i < runner->tracks; i++)
        if (!runner_track_is_network(&runner->track[i]) &&
            strcmp(runner->track[i].row->phase, "aborted") != 0)
            return false;
    return true;
}

/* The goal holds: the phase moves. A track at its end wakes the network track, which waits for it.
 */
static int move_on(struct runner *runner, struct runner_track *track, struct err *err)
{
    if (all_taken_back(runner, track))
        track->way = STEP_ABSENT;
    const char *to = track->way == STEP_PRESENT ? track->row->next : track->row->back;
    if (enter(runner, track, to, err) < 0)
        return -1;
    for (size_t i = 0; i < runner->tracks; i++)
        runner->track[i].due_us = now_us(runner);
    return 0;
}

static int park(struct runner *runner, struct runner_track *track, enum err_code code,
                const char *reason, struct err *err)
{
    track->state = TRACK_PARKED;
    set_reason(track, reason);
    err_clear(&track->parked);
    (void)!err_set(&track->parked, code, "track '%s' is parked in phase '%s': %s", track->name,
                   track->row->phase, reason);
    runner_tell(runner, &(struct watch){.kind = WATCH_HOLD,
                                        .track = track->name,
                                        .phase = track->row->phase,
                                        .text = reason});
    return record_stand(runner, track, JOURNAL_HOLD, err);
}

static bool past_deadline(const struct runner *runner, const struct runner_track *track,
                          int64_t deadline_s)
{
    return deadline_s > 0 && now_us(runner) - track->progress_us > deadline_s * 1000000;
}

static int wait_on(struct runner *runner, struct runner_track *track, const struct step_plan *plan,
                   struct err *err)
{
    bool changed = strcmp(track->reason, plan->reason) != 0;
    bool fresh = track->state != TRACK_WAITING;
    if (changed)
        track->progress_us = now_us(runner);
    if (plan->verdict == STEP_WAIT && past_deadline(runner, track, track->row->deadline_s))
        return park(runner, track, ERR_TIMEOUT,
                    arena_printf(runner->turn, "nothing moved for %lld s: %s",
                                 (long long)track->row->deadline_s, plan->reason),
                    err);
    track->state = TRACK_WAITING;
    track->due_us = now_us(runner) + (plan->again_ms > 0 ? plan->again_ms : 100) * 1000;
    set_reason(track, plan->reason);
    runner_tell(runner, &(struct watch){.kind = WATCH_WAIT,
                                        .track = track->name,
                                        .phase = track->row->phase,
                                        .text = plan->reason});
    /* What a wait says changes with every look; the journal gets its beginning, the samples get the
     * numbers. */
    if (fresh)
        return record_stand(runner, track, JOURNAL_WAIT, err);
    runner->ios = 0;
    return record_samples(runner, track, err);
}

/* Full jitter: anything from now to the doubled bound (base 0.5 s, at most 60 s). */
static int64_t backoff_us(const struct runner *runner, int failures)
{
    int64_t bound = BACKOFF_FIRST_US;
    for (int i = 1; i < failures && bound < BACKOFF_MAX_US; i++)
        bound *= 2;
    if (bound > BACKOFF_MAX_US)
        bound = BACKOFF_MAX_US;
    return (int64_t)(clock_random(&runner->config.clock) % (uint64_t)bound);
}

static bool ends_the_run(enum err_code code)
{
    return code == ERR_FENCED || code == ERR_STATE || code == ERR_BUSY || code == ERR_INTERNAL ||
           code == ERR_DRY || code == ERR_INTERRUPTED || code == ERR_FULL || code == ERR_MEMORY;
}

/* An error of a look or an action: try again later, or ask a person, or end the run. */
static int bear(struct runner *runner, struct runner_track *track, const struct err *why,
                struct err *err)
{
    if (ends_the_run(why->code)) {
        *err = *why;
        return -1;
    }
    track->failures++;
    int64_t deadline_s = track->row->deadline_s > 0 ? track->row->deadline_s : PATIENCE_S;
    bool again = err_retry(why->code) == ERR_RETRY_LATER && track->unknowns < UNKNOWNS_MAX &&
                 !past_deadline(runner, track, deadline_s);
    if (!again)
        return park(runner, track, why->code, why->text, err);
    int64_t pause = backoff_us(runner, track->failures);
    bool fresh = track->state != TRACK_WAITING || strcmp(track->reason, why->text) != 0;
    track->state = TRACK_WAITING;
    track->due_us = now_us(runner) + pause;
    set_reason(track, why->text);
    runner_tell(runner, &(struct watch){.kind = WATCH_RETRY,
                                        .track = track->name,
                                        .phase = track->row->phase,
                                        .text = why->text,
                                        .took_us = pause});
    runner->notes.len = 0;
    if (fresh)
        return record_stand(runner, track, JOURNAL_WAIT, err);
    runner->ios = 0;
    return 0;
}

static void set_mode(struct runner *runner, enum world_mode mode)
{
    if (runner->config.world != NULL)
        world_set_mode(runner->config.world, mode);
}

static const char *result_of(const struct err *why)
{
    bool unknown = why->code == ERR_UNREACHABLE || why->code == ERR_TIMEOUT;
    return unknown ? "unknown" : "failed";
}

/* Intent before effect, outcome after. *out_why has what went wrong, if anything did; -1 only when
 * the record itself failed. */
static int carry_out(struct runner *runner, struct runner_track *track, struct step_ctx *ctx,
                     const struct step_action *action, struct err *out_why, struct err *err)
{
    reach(runner, track, action, MOMENT_BEFORE_INTENT);
    if (record_intent(runner, track, action, err) < 0)
        return -1;
    reach(runner, track, action, MOMENT_AFTER_INTENT);
    /* Whoever was held up since then may have been replaced: what has not begun stays undone. */
    if (lease_check(runner->config.lease, err) < 0)
        return -1;
    runner_tell(runner, &(struct watch){.kind = WATCH_ACTION,
                                        .track = track->name,
                                        .phase = track->row->phase,
                                        .action = action->name,
                                        .object = action->object,
                                        .text = action->story});
    int64_t start = now_us(runner);
    set_mode(runner, WORLD_CHANGE);
    int applied = track->row->step->apply(ctx, action, out_why);
    set_mode(runner, WORLD_READ);
    int64_t took = now_us(runner) - start;
    reach(runner, track, action, MOMENT_AFTER_EFFECT);
    const char *result = applied == 0 ? "done" : result_of(out_why);
    if (record_outcome(runner, track, action, result, applied == 0 ? "" : out_why->text, took,
                       err) < 0)
        return -1;
    reach(runner, track, action, MOMENT_AFTER_OUTCOME);
    if (applied == 0)
        runner_tell(runner, &(struct watch){.kind = WATCH_DONE,
                                            .track = track->name,
                                            .phase = track->row->phase,
                                            .action = action->name,
                                            .object = action->object,
                                            .text = action->story,
                                            .took_us = took});
    return 0;
}

/* Whether all that is planned is what was done last. */
static bool is_again(const struct runner_track *track, const struct step_plan *plan)
{
    return plan->actions == 1 && strcmp(track->acted, plan->action[0].name) == 0;
}

static void note_progress(struct runner *runner, struct runner_track *track,
                          const struct step_action *action)
{
    if (strcmp(track->acted, action->name) != 0)
        track->progress_us = now_us(runner);
    str_copy(track->acted, sizeof(track->acted), action->name);
}

static int act(struct runner *runner, struct runner_track *track, struct step_ctx *ctx,
               const struct step_plan *plan, struct err *err)
{
    if (plan->actions > STEP_ACTIONS_MAX)
        return err_set(err, ERR_INTERNAL, "the plan of phase '%s' has %zu actions, more than %d",
                       track->row->phase, plan->actions, STEP_ACTIONS_MAX);
    if (is_again(track, plan) && past_deadline(runner, track, track->row->deadline_s))
        return park(runner, track, ERR_TIMEOUT,
                    arena_printf(runner->turn,
                                 "nothing moved for %lld s although '%s' was done again and again",
                                 (long long)track->row->deadline_s, track->acted),
                    err);
    track->state = TRACK_ACTIVE;
    track->reason[0] = '\0';
    for (size_t i = 0; i < plan->actions; i++) {
        if (stop_asked(runner))
            return err_set(err, ERR_INTERRUPTED, "told to stop, before action '%s' of phase '%s'",
                           plan->action[i].name, track->row->phase);
        enum step_goal way = track->way;
        if (runner_requests(runner, err) < 0)
            return -1;
        /* Somebody asked for the way back: what is left of this plan no longer counts. */
        if (track->way != way)
            return 0;
        struct err why = ERR_INIT;
        if (carry_out(runner, track, ctx, &plan->action[i], &why, err) < 0)
            return -1;
        if (why.code != ERR_NONE) {
            track->unknowns = strcmp(result_of(&why), "unknown") == 0 ? track->unknowns + 1 : 0;
            track->attempt++;
            return bear(runner, track, &why, err);
        }
        track->unknowns = 0;
        track->failures = 0;
        note_progress(runner, track, &plan->action[i]);
    }
    track->due_us = now_us(runner);
    return 0;
}

/* The way back is closed: what was asked for cannot be had any more, and the record says so. */
static int go_forward(struct runner *runner, struct runner_track *track, const char *reason,
                      struct err *err)
{
    track->way = STEP_PRESENT;
    track->due_us = now_us(runner);
    return record_turn(runner, track, "refused",
                       arena_printf(runner->turn, "no way back: %s", reason), err);
}

/* A service that goes forward needs the network under it, and a migration with one was not taken
 * back: a network that was told to go back with the others goes forward again. */
static int keep_network(struct runner *runner, const struct runner_track *service, struct err *err)
{
    struct runner_track *network = &runner->track[0];
    if (network->way == STEP_PRESENT || runner_track_ended(network))
        return 0;
    network->way = STEP_PRESENT;
    network->state = TRACK_ACTIVE;
    network->due_us = now_us(runner);
    return record_turn(runner, network, "refused",
                       arena_printf(runner->turn, "no way back: '%s' goes forward", service->name),
                       err);
}

static int follow_plan(struct runner *runner, struct runner_track *track, struct step_ctx *ctx,
                       const struct step_plan *plan, struct err *err)
{
    switch (plan->verdict) {
    case STEP_DONE:
        return move_on(runner, track, err);
    case STEP_ACT:
        return act(runner, track, ctx, plan, err);
    case STEP_WAIT:
        return wait_on(runner, track, plan, err);
    case STEP_GATE:
        if (runner->config.gate == RUNNER_STAY_AT_GATE)
            return wait_on(runner, track, plan, err);
        return park(runner, track, ERR_WAITING, plan->reason, err);
    case STEP_HOLD:
        return park(runner, track, plan->hold_code, plan->reason, err);
    case STEP_LATE:
        if (keep_network(runner, track, err) < 0)
            return -1;
        return go_forward(runner, track, plan->reason, err);
    }
    return err_set(err, ERR_INTERNAL, "phase '%s' planned nothing known", track->row->phase);
}

static size_t services_open(const struct runner *runner)
{
    size_t open = 0;
    for (size_t i = 0; i < runner->tracks; i++)
        if (!runner_track_is_network(&runner->track[i]) && !runner_track_ended(&runner->track[i]))
            open++;
    return open;
}

static struct step_ctx make_ctx(struct runner *runner, struct runner_track *track)
{
    runner->notes = (struct step_notes){.arena = runner->turn};
    return (struct step_ctx){
        .spec = runner->config.spec,
        .service = track->service,
        .service_index = track->service_index,
        .track = track->name,
        .ports = runner->config.ports,
        .facts = &runner->facts,
        .request = runner->request,
        .requests = runner->requests,
        .services_open = services_open(runner),
        .first_look = !track->looked,
        .clock = runner->config.clock,
        .arena = runner->turn,
        .rate = &track->rate,
        .notes = &runner->notes,
    };
}

int runner_turn(struct runner *runner, struct runner_track *track, struct err *err)
{
    arena_reset(runner->turn);
    runner->at_turn = track;
    runner->io = NULL;
    runner->ios = runner->io_room = 0;
    if (runner_requests(runner, err) < 0 ||
        fact_read(runner->config.store, runner->id, runner->turn, &runner->facts, err) < 0)
        return -1;
    struct step_ctx ctx = make_ctx(runner, track);
    const struct step *step = track->row->step;
    const void *seen = NULL;
    struct err why = ERR_INIT;
    if (step->observe(&ctx, &seen, &why) < 0) {
        err_add(&why, "phase '%s'", track->row->phase);
        return bear(runner, track, &why, err);
    }
    struct step_plan plan = {.verdict = STEP_DONE};
    if (step->plan(seen, goal_of(track), runner->turn, &plan, err) < 0)
        return -1;
    if (plan.verdict != STEP_ACT)
        track->failures = 0;
    int result = follow_plan(runner, track, &ctx, &plan, err);
    /* What first_look allows a step to do, it is allowed in the whole first turn. */
    if (plan.verdict != STEP_DONE)
        track->looked = true;
    return result;
}
