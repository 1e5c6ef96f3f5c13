/*
 * The loop: whose turn it is, and when the run is over.
 */
#include "orchestrator/runner.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "orchestrator/runner_track.h"

/* The longest sleep: requests of people are looked for at least this often. */
#define NAP_MS 200

const char *runner_moment_name(enum runner_moment moment)
{
    switch (moment) {
    case MOMENT_BEFORE_INTENT:
        return "before-intent";
    case MOMENT_AFTER_INTENT:
        return "after-intent";
    case MOMENT_AFTER_EFFECT:
        return "after-effect";
    case MOMENT_AFTER_OUTCOME:
        return "after-outcome";
    }
    return "";
}

bool runner_track_ended(const struct runner_track *track)
{
    return (track->row->flags & MACHINE_END) != 0;
}

bool runner_track_is_network(const struct runner_track *track)
{
    return track->service == NULL;
}

void runner_tell(const struct runner *runner, const struct watch *watch)
{
    if (runner->config.watch != NULL)
        runner->config.watch(runner->config.watch_arg, watch);
}

struct runner *runner_new(void)
{
    struct runner *runner = MEM_NEW(struct runner);
    runner->steady = arena_new();
    runner->turn = arena_new();
    return runner;
}

void runner_free(struct runner *runner)
{
    if (runner == NULL)
        return;
    arena_free(runner->turn);
    arena_free(runner->steady);
    free(runner);
}

void runner_cleanup(struct runner **runner)
{
    runner_free(*runner);
}

void runner_first_tracks(const struct spec *spec, struct arena *arena, struct track **out,
                         size_t *out_len)
{
    struct track *track = ARENA_ARRAY(arena, struct track, spec->services + 1);
    for (size_t i = 0; i <= spec->services; i++)
        track[i] = (struct track){
            .name = i == 0 ? "network" : spec->service[i - 1].name,
            .phase = machine_first(i == 0 ? &machine_network : &machine_service)->phase,
            .goal = "present",
            .state = TRACK_ACTIVE,
            .reason = "",
            .attempt = 1,
        };
    *out = track;
    *out_len = spec->services + 1;
}

static int adopt(struct runner *runner, struct runner_track *mine, const struct track *row,
                 struct err *err)
{
    const struct spec *spec = runner->config.spec;
    mine->service = spec_find_service(spec, row->name);
    mine->machine = mine->service == NULL ? &machine_network : &machine_service;
    mine->service_index = mine->service == NULL ? 0 : (size_t)(mine->service - spec->service);
    mine->row = machine_find(mine->machine, row->phase);
    if (mine->row == NULL)
        return err_set(err, ERR_STATE,
                       "track '%s' stands in phase '%s', which this version does not know",
                       row->name, row->phase);
    str_copy(mine->name, sizeof(mine->name), row->name);
    mine->way = strcmp(row->goal, "absent") == 0 ? STEP_ABSENT : STEP_PRESENT;
    /* Whoever resumes has seen why a track was parked: it is tried again. */
    mine->state = row->state == TRACK_DONE ? TRACK_DONE : TRACK_ACTIVE;
    str_copy(mine->reason, sizeof(mine->reason), row->reason);
    mine->attempt = row->attempt;
    mine->phase_since_us = row->phase_since_us;
    mine->progress_us = mine->due_us = clock_mono_us(&runner->config.clock);
    return 0;
}

/* A migration that older tables began goes on with ours, and the journal says so: each later
 * version keeps the phases that there were (adopt refuses one that is gone). What newer tables
 * began may mean something else by the same names, and is refused. */
static int meet_machine(struct runner *runner, struct err *err)
{
    struct migration migration;
    if (migration_load(runner->config.store, runner->id, runner->steady, &migration, err) < 0)
        return -1;
    int64_t version = migration.machine_version;
    if (version > MACHINE_VERSION)
        return err_set(err, ERR_STATE,
                       "migration '%s' goes by phase tables of version %lld, this ece-migrate "
                       "knows up to %d: use the ece-migrate that ran it last, or a newer one",
                       runner->id, (long long)version, MACHINE_VERSION);
    return version == MACHINE_VERSION ? 0 : record_machine(runner, version, MACHINE_VERSION, err);
}

static int load(struct runner *runner, struct err *err)
{
    struct track *row = NULL;
    size_t rows = 0;
    if (migration_tracks(runner->config.store, runner->id, runner->steady, &row, &rows, err) < 0)
        return -1;
    runner->track = ARENA_ARRAY(runner->steady, struct runner_track, rows);
    /* The network track comes first, whatever order the store has. */
    size_t next = 1;
    for (size_t i = 0; i < rows; i++) {
        size_t place = strcmp(row[i].name, "network") == 0 ? 0 : next++;
        if (adopt(runner, &runner->track[place], &row[i], err) < 0)
            return -1;
    }
    runner->tracks = rows;
    return 0;
}

/* Whether the clients may be on their way already: from the row that decides on. */
static bool may_be_decided(const struct runner_track *track)
{
    for (const struct machine_row *row = track->machine->row; row <= track->row; row++)
        if (row->flags & MACHINE_DECIDES)
            return true;
    return false;
}

/* A service track moves while the network carries it, and always on the way back, for which it
 * needs no tunnel. When the network waits for a person, so does every service that may still wait:
 * without anybody who heals the tunnel it would only try to connect for ever. */
static bool may_move(const struct runner *runner, const struct runner_track *track)
{
    if (runner_track_ended(track) || track->state == TRACK_PARKED)
        return false;
    const struct runner_track *network = &runner->track[0];
    if (!runner_track_is_network(track))
        return track->way == STEP_ABSENT ||
               ((network->row->flags & MACHINE_CARRIES) != 0 &&
                (network->state != TRACK_PARKED || may_be_decided(track)));
    /* On the way back the network waits until no service needs it any more. */
    bool services_back = false;
    for (size_t i = 1; i < runner->tracks; i++)
        services_back = services_back || (!runner_track_ended(&runner->track[i]) &&
                                          runner->track[i].state != TRACK_PARKED);
    return track->way == STEP_PRESENT || !services_back;
}

static struct runner_track *next_track(struct runner *runner)
{
    struct runner_track *best = NULL;
    for (size_t i = 0; i < runner->tracks; i++) {
        struct runner_track *track = &runner->track[i];
        if (may_move(runner, track) && (best == NULL || track->due_us < best->due_us))
            best = track;
    }
    return best;
}

static bool all_ended(const struct runner *runner)
{
    for (size_t i = 0; i < runner->tracks; i++)
        if (!runner_track_ended(&runner->track[i]))
            return false;
    return true;
}

/* Parked: nothing can move but, at most, a network track that only waits for a parked service. */
static const struct runner_track *who_is_parked(const struct runner *runner)
{
    const struct runner_track *parked = NULL;
    for (size_t i = 0; i < runner->tracks; i++) {
        const struct runner_track *track = &runner->track[i];
        if (track->state == TRACK_PARKED)
            parked = parked == NULL || track->parked.code == ERR_HELD ? track : parked;
        else if (!runner_track_ended(track) && !runner_track_is_network(track) &&
                 may_move(runner, track))
            return NULL;
    }
    if (parked != NULL || runner->track[0].state == TRACK_PARKED)
        return parked;
    return NULL;
}

static int end_of_run(struct runner *runner, struct err *err)
{
    bool aborted = strcmp(runner->track[0].row->phase, "aborted") == 0;
    if (lease_begin(runner->config.lease, err) < 0)
        return -1;
    if (migration_set_state(runner->config.store, runner->id, aborted ? "aborted" : "done", err) <
        0) {
        struct err ignored = ERR_INIT;
        (void)!store_end(runner->config.store, STORE_ROLLBACK, &ignored);
        return -1;
    }
    if (store_end(runner->config.store, STORE_COMMIT, err) < 0)
        return -1;
    if (aborted)
        return err_set(err, ERR_ABORTED,
                       "migration '%s' was taken back: the source serves as before", runner->id);
    return 0;
}

static int loop(struct runner *runner, struct err *err)
{
    while (!all_ended(runner)) {
        if (runner->config.stop != NULL && *runner->config.stop != 0)
            return err_set(err, ERR_INTERRUPTED, "told to stop, between actions");
        const struct runner_track *parked = who_is_parked(runner);
        if (parked != NULL) {
            *err = parked->parked;
            return -1;
        }
        struct runner_track *track = next_track(runner);
        if (track == NULL)
            return err_set(err, ERR_INTERNAL, "no track can move, and none is parked");
        int64_t ahead_ms = (track->due_us - clock_mono_us(&runner->config.clock)) / 1000;
        if (ahead_ms > 0) {
            clock_sleep_ms(&runner->config.clock, ahead_ms < NAP_MS ? ahead_ms : NAP_MS);
            arena_reset(runner->turn);
            runner->ios = runner->io_room = 0;
            if (runner_requests(runner, err) < 0)
                return -1;
            continue;
        }
        if (runner_turn(runner, track, err) < 0)
            return -1;
    }
    return end_of_run(runner, err);
}

/* The disk is full: the room that was kept for this moment takes one small record more, so that the
 * journal and status say where it stopped and why. What the turn had to tell beside that does not
 * fit; an action whose outcome is not on record is unknown, as after a kill. */
static void last_words(struct runner *runner)
{
    struct err ignored = ERR_INIT;
    struct runner_track *track = runner->at_turn != NULL ? runner->at_turn : &runner->track[0];
    if (!store_give_room(runner->config.store))
        return;
    runner->ios = 0;
    runner->notes.len = 0;
    track->state = TRACK_PARKED;
    str_copy(track->reason, sizeof(track->reason),
             "disk full: make room on the disk of the state directory, then 'ece-migrate resume'");
    (void)!record_stand(runner, track, JOURNAL_HOLD, &ignored);
}

int runner_run(struct runner *runner, const struct runner_config *config, struct err *err)
{
    runner->config = *config;
    runner->id = config->spec->id;
    if (machine_check(&machine_network, err) < 0 || machine_check(&machine_service, err) < 0 ||
        load(runner, err) < 0 || meet_machine(runner, err) < 0)
        return -1;
    if (record_event(runner, JOURNAL_RUN, "network", "start",
                     arena_printf(runner->steady,
                                  "a runner took the migration up, under fence %lld",
                                  (long long)lease_fence(config->lease)),
                     err) < 0)
        return -1;
    int result = loop(runner, err);
    if (result < 0 && err->code == ERR_FULL)
        last_words(runner);
    /* A run whose end is not on record has not ended: the next one finds nothing to do and says so.
     */
    if (result == 0)
        return record_event(runner, JOURNAL_RUN, "network", "done", "the migration is done", err);
    struct err ignored = ERR_INIT;
    if (err->code != ERR_FENCED)
        (void)!record_event(runner, JOURNAL_RUN, "network", err_name(err->code), err->text,
                            &ignored);
    return -1;
}
