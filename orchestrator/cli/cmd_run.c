/*
 * `run`: begins a migration, or goes on with it when it was begun with the very same migration
 * file.
 */
#include <string.h>
#include <unistd.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/findings_out.h"
#include "orchestrator/cli/session.h"
#include "orchestrator/cli/spec_file.h"
#include "orchestrator/machine.h"

static int create(struct session *session, struct err *err)
{
    struct track *tracks = NULL;
    size_t len = 0;
    runner_first_tracks(session->spec, session->inv->arena, &tracks, &len);
    return migration_create(session->store, session->spec->id, session->spec->text, MACHINE_VERSION,
                            tracks, len, err);
}

/* Whether this migration stands in a store already. Looks without making one; a store that is there
   and cannot be trusted is told of before any host is asked. */
static int find_known(struct session *session, bool *out, struct err *err)
{
    const char *dir = session->inv->state_dir;
    *out = false;
    if (access(arena_printf(session->inv->arena, "%s/state.db", dir), F_OK) != 0)
        return 0;
    if (store_open(&session->store, dir, STORE_READ, session->clock, err) < 0)
        return -1;
    int result = migration_find(session->store, session->spec->id, out, err);
    store_close(session->store);
    session->store = NULL;
    return result;
}

/* A migration whose preflight fails is never made: the file can be corrected and run again, and the
 * state is as it was. */
static int preflight(struct session *session, struct err *err)
{
    struct findings findings;
    if (session_preflight(session, &findings, err) < 0)
        return -1;
    size_t blocks = findings_count(&findings, FINDING_BLOCK);
    if (blocks == 0)
        return 0;
    if (session->inv->mode == OUT_JSON)
        json_put(session->inv->answer, "findings", findings_out_json(findings.item, findings.len));
    else
        findings_out_print(findings.item, findings.len, FINDING_WARN);
    return err_set(err, ERR_REFUSED,
                   "%zu finding%s would stop the migration before it begins; nothing was begun",
                   blocks, blocks == 1 ? "" : "s");
}

static int begin_or_go_on(struct session *session, struct err *err)
{
    bool exists = false;
    if (migration_find(session->store, session->spec->id, &exists, err) < 0 ||
        (!exists && create(session, err) < 0))
        return -1;
    if (migration_load(session->store, session->spec->id, session->inv->arena, &session->migration,
                       err) < 0)
        return -1;
    if (session_trust(session, err) < 0)
        return -1;
    if (strcmp(session->migration.spec_hash, session->spec->hash) != 0)
        return err_set(err, ERR_REFUSED,
                       "migration '%s' was begun with another migration file (%.12s, this one is "
                       "%.12s): go on with 'ece-migrate "
                       "resume %s', or take it back with 'ece-migrate abort %s'",
                       session->spec->id, session->migration.spec_hash, session->spec->hash,
                       session->spec->id, session->spec->id);
    if (strcmp(session->migration.state, "aborted") == 0)
        return err_set(
            err, ERR_REFUSED,
            "migration '%s' was taken back and is closed: give the new attempt an id of its own",
            session->spec->id);
    return 0;
}

static int run(struct invocation *inv, struct err *err)
{
    CLEANUP(session_close) struct session session = {.inv = inv, .clock = clock_real()};
    bool known = false;
    if (spec_file_load(inv, inv->arguments[0], SPEC_CHECK_FILES, &session.spec, err) < 0 ||
        find_known(&session, &known, err) < 0 || (!known && preflight(&session, err) < 0) ||
        store_open(&session.store, inv->state_dir, STORE_CREATE, session.clock, err) < 0 ||
        begin_or_go_on(&session, err) < 0)
        return -1;
    return session_run(&session, err);
}

static const struct option_row options[] = {
    SESSION_GATE_OPTION,
};

static const struct argument_row arguments[] = {
    {.name = "FILE",
     .type = ARGUMENT_FILE,
     .need = ARGUMENT_REQUIRED,
     .help = "the migration file"},
};

const struct command cmd_run = {
    .name = "run",
    .summary = "run a migration to its end",
    .story = "Freezes the migration file in the state file and runs the migration: the tunnel, the "
             "copy, the cutover, and taking all of it "
             "away again. It waits at the gate for approvals. Whatever stops it, 'ece-migrate "
             "resume' goes on.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
