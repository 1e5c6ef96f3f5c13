/*
 * `accept`: a person goes on with a state file that is known to be an older copy. It only puts that
 * on record; running is for resume or abort, as before.
 */
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "state/journal.h"

/* As session_trust, but for the one thing that is to be accepted. */
static int open_older(struct session *session, struct invocation *inv, struct err *err)
{
    session->inv = inv;
    session->clock = clock_real();
    if (store_open(&session->store, inv->state_dir, STORE_WRITE, session->clock, err) < 0 ||
        migration_load(session->store, inv->arguments[0], inv->arena, &session->migration, err) < 0)
        return -1;
    return store_check(session->store, err) < 0 || store_seal_check(session->store, err) < 0 ||
                   journal_verify(session->store, session->migration.id, NULL, err) < 0
               ? -1
               : 0;
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    const char *head = option_text(&inv->options, "head", NULL), *who = session_who(inv);
    if (head == NULL)
        return err_set(err, ERR_USAGE,
                       "--head HASH is missing: the message that refused the file has it");
    if (open_older(&session, inv, err) < 0 ||
        anchor_accept(session.store, session.migration.id, session_anchors(inv), head, who, err) <
            0)
        return -1;
    if (inv->mode == OUT_JSON)
        return session_answer(&session, err);
    out_text("'%s' took this copy of the state file of '%s' as it is, on record: now 'ece-migrate "
             "resume %s' or 'ece-migrate abort %s'\n",
             who, session.migration.id, session.migration.id, session.migration.id);
    return 0;
}

static const struct option_row options[] = {
    {.name = "head",
     .argument = "HASH",
     .type = OPTION_TEXT,
     .help = "the head of the copy (8 digits or more), as the refusal names it"},
    {.name = "as",
     .argument = "NAME",
     .type = OPTION_TEXT,
     .help = "who accepts it (default: who is logged in)"},
};

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_accept = {
    .name = "accept",
    .summary = "go on with a state file that is an older copy",
    .story =
        "Every command that would go on with a migration refuses a state file that lacks the "
        "newest row that this host knows of: what was done "
        "since is not in it. When the newest copy is lost for good, and somebody has looked at "
        "every host, this puts on record that the copy is "
        "taken as it is, and by whom. The next resume looks at the world as always.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
