/*
 * The inside of the runner, shared by its files: the tracks as they are in this process.
 */
#ifndef ORCHESTRATOR_RUNNER_TRACK_H
#define ORCHESTRATOR_RUNNER_TRACK_H

#include "orchestrator/machine.h"
#include "orchestrator/runner.h"
#include "state/journal.h"

#define RUNNER_REASON_MAX 1024

struct runner_track {
    const struct machine *machine;
    const struct machine_row *row;
    const struct spec_service *service; /* NULL: the network track */
    size_t service_index;
    char name[64];
    enum step_goal way; /* PRESENT: forward; ABSENT: back */
    enum track_state state;
    char reason[RUNNER_REASON_MAX];
    int64_t attempt;
    int64_t phase_since_us; /* wall clock */

    /* Only in this process: */
    int64_t due_us;      /* when to look again, mono */
    int64_t progress_us; /* when something last moved, mono: the deadline counts from here */
    char acted[32];      /* the newest action that was done: the same one again is no progress */
    int failures;        /* errors in a row */
    int unknowns;        /* actions in a row of which nobody knows whether they took effect */
    bool looked;         /* this phase was observed by this process */
    struct err parked;   /* why it is parked, for the runner's end */
    struct rate rate;
};

/* One remote call, kept until the turn's next transaction. */
struct runner_io {
    const char *host, *kind, *argv, *detail, *result;
};

struct runner {
    struct runner_config config;
    const char *id;             /* of the migration */
    struct arena *turn;         /* of the turn at hand */
    struct arena *steady;       /* of the run */
    struct runner_track *track; /* [0] is the network's */
    size_t tracks;
    struct step_notes notes;
    struct facts facts;
    struct request *request;
    size_t requests;
    struct runner_io *io;
    size_t ios, io_room;
    struct runner_track *at_turn; /* the one whose turn it is or was; NULL before the first */
};

bool runner_track_ended(const struct runner_track *track);
bool runner_track_is_network(const struct runner_track *track);

/* One turn; sets due_us and the state. Errors end the run: FENCED, STATE, INTERNAL, INTERRUPTED. */
int runner_turn(struct runner *runner, struct runner_track *track, struct err *err) MUST_CHECK;

/* Writing down (runner_record.c). Each is one transaction under the fence and takes the turn's
 * notes and calls with it. */
int record_intent(struct runner *runner, const struct runner_track *track,
                  const struct step_action *action, struct err *err) MUST_CHECK;
int record_outcome(struct runner *runner, const struct runner_track *track,
                   const struct step_action *action, const char *result, const char *text,
                   int64_t took_us, struct err *err) MUST_CHECK;
int record_phase(struct runner *runner, const struct runner_track *track,
                 struct err *err) MUST_CHECK;
/* kind is WAIT or HOLD; the track's state and reason go with it. */
int record_stand(struct runner *runner, const struct runner_track *track, enum journal_kind kind,
                 struct err *err) MUST_CHECK;
int record_event(struct runner *runner, enum journal_kind kind, const char *track,
                 const char *result, const char *text, struct err *err) MUST_CHECK;
/* What became of a request for the way back, and with it, in one transaction, the way that the
 * track goes now: a request that is marked as seen must not be forgotten with the process. */
int record_turn(struct runner *runner, const struct runner_track *track, const char *result,
                const char *text, struct err *err) MUST_CHECK;
/* Other phase tables take the migration over. */
int record_machine(struct runner *runner, int64_t from, int64_t to, struct err *err) MUST_CHECK;
/* The samples alone, out of the journal. */
int record_samples(struct runner *runner, const struct runner_track *track,
                   struct err *err) MUST_CHECK;

/* Requests of people (runner_request.c): reads those that are new and turns tracks round for an
 * abort. */
int runner_requests(struct runner *runner, struct err *err) MUST_CHECK;

void runner_tell(const struct runner *runner, const struct watch *watch);

#endif
