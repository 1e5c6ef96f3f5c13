/*
 * `approve`: a person approves the migration file that runs, by its hash; or, behind the cutover,
 * that the rollback window ends before its time.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "state/request.h"

/* A person who looked at one file must not approve another: --hash may be given in part, as status
 * shows it. */
static int check_hash(const struct session *session, struct err *err)
{
    const char *hash = option_text(&session->inv->options, "hash", NULL);
    if (hash == NULL ||
        (strlen(hash) >= 8 && strncmp(hash, session->spec->hash, strlen(hash)) == 0))
        return 0;
    return err_set(err, ERR_REFUSED,
                   "'%s' is not the hash of the migration file that runs, which is %s", hash,
                   session->spec->hash);
}

/* A window that is not open cannot be ended: the request would lie in wait for one. */
static int check_window(struct session *session, struct err *err)
{
    struct track *track = NULL;
    size_t tracks = 0;
    if (migration_tracks(session->store, session->spec->id, session->inv->arena, &track, &tracks,
                         err) < 0)
        return -1;
    for (size_t i = 0; i < tracks; i++) {
        const struct spec_service *service = spec_find_service(session->spec, track[i].name);
        if (service != NULL && service->rollback.window_h > 0 &&
            strcmp(track[i].phase, "soak") == 0)
            return 0;
    }
    return err_set(err, ERR_REFUSED, "no rollback window of migration '%s' is open",
                   session->spec->id);
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    if (session_load(&session, inv, STORE_WRITE, inv->arguments[0], SPEC_TRUST_FILES, err) < 0 ||
        check_hash(&session, err) < 0)
        return -1;
    bool end_window = option_given(&inv->options, "end-window");
    if (end_window && check_window(&session, err) < 0)
        return -1;
    struct request request = {
        .kind = end_window ? REQUEST_END_WINDOW : REQUEST_APPROVE,
        .track = option_text(&inv->options, "service", ""),
        .who = session_who(inv),
        .spec_hash = session.spec->hash,
        .comment = option_text(&inv->options, "comment", ""),
    };
    if (request.track[0] != '\0' && spec_find_service(session.spec, request.track) == NULL)
        return err_set(err, ERR_USAGE, "migration '%s' has no service '%s'", session.spec->id,
                       request.track);
    if (request_make(session.store, session.spec->id, &request, err) < 0)
        return -1;
    if (inv->mode == OUT_TEXT)
        out_text("'%s' approved %smigration '%s' (%.12s)\n", request.who,
                 end_window ? "the end of the rollback window of " : "", session.spec->id,
                 session.spec->hash);
    return inv->mode == OUT_JSON ? session_answer(&session, err) : 0;
}

static const struct option_row options[] = {
    {.name = "as",
     .argument = "NAME",
     .type = OPTION_TEXT,
     .help = "who approves (default: who is logged in)"},
    {.name = "service",
     .argument = "NAME",
     .type = OPTION_TEXT,
     .help = "one service only (default: all)"},
    {.name = "hash",
     .argument = "HASH",
     .type = OPTION_TEXT,
     .help = "refuse unless the migration file has this hash (8 digits or more)"},
    {.name = "end-window",
     .type = OPTION_FLAG,
     .help = "approve, instead of the cutover, that the rollback window ends now"},
    SESSION_COMMENT_OPTION,
};

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_approve = {
    .name = "approve",
    .summary = "approve the cutover of a migration",
    .story =
        "Puts on record that a person approves the migration file that runs. The runner, "
        "which waits at the gate, reads it within a second. With --end-window it is the end of "
        "the rollback window that is approved: the old source is then retired.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
