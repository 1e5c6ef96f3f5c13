/*
 * `rollback`: takes the clients back to the old source while the rollback window is open. A runner
 * that is alive does it; otherwise this command becomes the runner.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "orchestrator/machine.h"
#include "state/request.h"

/* Behind the decision, where a row leads back: the runner looks closer. */
static bool may_roll_back(const struct session *session, const struct track *track)
{
    const struct spec_service *service = spec_find_service(session->spec, track->name);
    const struct machine_row *row = machine_find(&machine_service, track->phase);
    return service != NULL && row != NULL && service->rollback.window_h > 0 &&
           machine_is_decided(&machine_service, row) && row->back != NULL;
}

static bool before_decision(const struct track *track)
{
    const struct machine_row *row = machine_find(&machine_service, track->phase);
    return strcmp(track->name, "network") != 0 && row != NULL &&
           !machine_is_decided(&machine_service, row) && strcmp(track->goal, "absent") != 0;
}

/* What can be said without asking the runner is said before anything is put on record. */
static int refuse_early(struct session *session, struct err *err)
{
    const char *id = session->spec->id;
    struct track *track = NULL;
    size_t tracks = 0, possible = 0, before = 0;
    if (!spec_has_window(session->spec))
        return err_set(err, ERR_REFUSED,
                       "migration '%s' asks for no rollback window ('rollback' of the service in "
                       "the migration file), so the old source was not kept in step with the "
                       "target",
                       id);
    if (migration_tracks(session->store, id, session->inv->arena, &track, &tracks, err) < 0)
        return -1;
    for (size_t i = 0; i < tracks; i++) {
        bool back = strcmp(track[i].goal, "absent") == 0 && track[i].state != TRACK_DONE;
        possible += may_roll_back(session, &track[i]) || back ? 1 : 0;
        before += before_decision(&track[i]) ? 1 : 0;
    }
    if (possible > 0)
        return 0;
    if (before > 0)
        return err_set(err, ERR_REFUSED,
                       "the clients of migration '%s' were not cut over yet: 'ece-migrate abort "
                       "%s' takes it back",
                       id, id);
    return err_set(err, ERR_REFUSED, "migration '%s' has no rollback window open: it is over", id);
}

static int ask(struct session *session, struct err *err)
{
    struct request request = {
        .kind = REQUEST_ROLLBACK,
        .track = option_text(&session->inv->options, "service", ""),
        .who = session_who(session->inv),
        .spec_hash = session->spec->hash,
        .comment = option_text(&session->inv->options, "comment", ""),
    };
    if (request.track[0] != '\0' && spec_find_service(session->spec, request.track) == NULL)
        return err_set(err, ERR_USAGE, "migration '%s' has no service '%s'", session->spec->id,
                       request.track);
    return request_make(session->store, session->spec->id, &request, err);
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    if (session_load(&session, inv, STORE_WRITE, inv->arguments[0], SPEC_CHECK_FILES, err) < 0 ||
        refuse_early(&session, err) < 0 || ask(&session, err) < 0)
        return -1;
    int result = session_run(&session, err);
    /* Taken back is what was asked for; a runner that is alive takes it back itself. */
    if (result < 0 && err->code == ERR_BUSY) {
        err_clear(err);
        if (inv->mode == OUT_TEXT)
            out_text("asked: the runner that is alive takes the clients of migration '%s' back\n",
                     session.spec->id);
        return inv->mode == OUT_JSON ? session_answer(&session, err) : 0;
    }
    if (result < 0 && err->code == ERR_ABORTED) {
        if (inv->mode == OUT_TEXT)
            out_text("%s\n", err->text);
        err_clear(err);
        return 0;
    }
    if (result == 0)
        return err_set(err, ERR_REFUSED,
                       "migration '%s' could not be rolled back ('ece-migrate log' has the "
                       "reason): its clients are at the target; it went on to its end",
                       session.spec->id);
    return result;
}

static const struct option_row options[] = {
    {.name = "as",
     .argument = "NAME",
     .type = OPTION_TEXT,
     .help = "who asks (default: who is logged in)"},
    {.name = "service",
     .argument = "NAME",
     .type = OPTION_TEXT,
     .help = "one service only (default: all)"},
    SESSION_COMMENT_OPTION,
    SESSION_GATE_OPTION,
};

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_rollback = {
    .name = "rollback",
    .summary = "take the clients back to the source, after the cutover",
    .story = "Works while the rollback window that the migration file asks for is open: the old "
             "source was kept in step with the target, and the clients are cut back to it with the "
             "same guard and the same promise as at the cutover. Then the target's copy, the role, "
             "the slot and the tunnel go, as after 'abort'. Without a window it is refused.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
