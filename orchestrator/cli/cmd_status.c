/*
 * `status`: where a migration stands, from the state file alone; it asks no host.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "state/sample.h"

/* The series that people want to see, with the unit of their last value. */
static const char *const series[] = {"copied_bytes",   "copy_total_bytes", "lag_bytes",
                                     "lag_ms",         "held_bytes",       "rtt_us",
                                     "back_lag_bytes", "back_lag_ms",      "back_held_bytes"};

static int add_samples(struct session *session, json_t *object, const char *track, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(series); i++) {
        struct sample *sample = NULL;
        size_t len = 0;
        if (sample_read(session->store, session->migration.id, track, series[i], 1,
                        session->inv->arena, &sample, &len, err) < 0)
            return -1;
        if (len > 0)
            json_put(object, series[i], json_integer(sample[len - 1].value));
    }
    return 0;
}

static int answer(struct session *session, const struct lease_view *lease,
                  const struct track *track, size_t tracks, struct err *err)
{
    if (session_answer(session, err) < 0)
        return -1;
    json_t *runner = json_make_object();
    json_put(runner, "alive", json_boolean(lease->alive));
    json_put(runner, "holder", json_make_text(lease->holder));
    json_put(runner, "fence", json_integer(lease->fence));
    json_put(session->inv->answer, "runner", runner);
    json_t *samples = json_make_object();
    for (size_t i = 0; i < tracks; i++) {
        json_t *one = json_make_object();
        if (add_samples(session, one, track[i].name, err) < 0) {
            json_cleanup(&one);
            json_cleanup(&samples);
            return -1;
        }
        json_put(samples, track[i].name, one);
    }
    json_put(session->inv->answer, "samples", samples);
    return 0;
}

static const char *what_next(const struct session *session, const struct lease_view *lease,
                             const struct track *track, size_t tracks)
{
    const struct migration *migration = &session->migration;
    if (strcmp(migration->state, "running") != 0 && strcmp(migration->state, "aborting") != 0)
        return "nothing: it is over";
    if (lease->alive)
        return "nothing: a runner is at work";
    for (size_t i = 0; i < tracks; i++)
        if (track[i].state == TRACK_PARKED)
            return arena_printf(session->inv->arena,
                                "see to what track '%s' is parked for, then: ece-migrate resume %s",
                                track[i].name, migration->id);
    return arena_printf(session->inv->arena, "no runner is alive: ece-migrate resume %s",
                        migration->id);
}

static void print(const struct session *session, const struct lease_view *lease,
                  const struct track *track, size_t tracks)
{
    char created[CLOCK_TEXT];
    const struct migration *migration = &session->migration;
    out_text("migration  %s: %s, begun %s\n", migration->id, migration->state,
             clock_text(created, migration->created_us));
    out_text("file       %.12s\n", migration->spec_hash);
    out_text("runner     %s\n", lease->alive ? lease->holder : "none");
    for (size_t i = 0; i < tracks; i++)
        out_text("%-10s %s, %s%s%s\n", track[i].name, track[i].phase,
                 track_state_name(track[i].state), track[i].reason[0] == '\0' ? "" : ": ",
                 track[i].reason);
    struct anchor_head head;
    struct err ignored = ERR_INIT;
    if (anchor_head(session->store, migration->id, &head, &ignored) == 0)
        out_text("journal    %lld rows, head %.16s\n", (long long)head.seq, head.hash);
    out_text("next       %s\n", what_next(session, lease, track, tracks));
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    struct track *track = NULL;
    size_t tracks = 0;
    struct lease_view lease = {0};
    if (session_load(&session, inv, STORE_READ, inv->arguments[0], SPEC_TRUST_FILES, err) < 0 ||
        migration_tracks(session.store, session.migration.id, inv->arena, &track, &tracks, err) <
            0 ||
        lease_look(session.store, session.migration.id, inv->arena, &lease, err) < 0)
        return -1;
    if (inv->mode == OUT_JSON)
        return answer(&session, &lease, track, tracks, err);
    print(&session, &lease, track, tracks);
    return 0;
}

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_status = {
    .name = "status",
    .summary = "show where a migration stands",
    .story = "Reads the state file and asks no host: the phase of each track and why it waits, who "
             "runs it, and what to do next.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
