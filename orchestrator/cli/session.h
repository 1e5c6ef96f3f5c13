/*
 * What a command opens to work on a migration: the store, the migration file as it was frozen in
 * it, the world and its drivers. One struct, opened in the order of the house and closed the other
 * way round.
 */
#ifndef ORCHESTRATOR_CLI_SESSION_H
#define ORCHESTRATOR_CLI_SESSION_H

#include "orchestrator/cli/command.h"
#include "orchestrator/runner.h"
#include "state/anchor.h"
#include "state/migration.h"
#include "state/store.h"
#include "steps/port/ports.h"

/* Rows that several commands have. */
#define SESSION_ID_ARGUMENT                                                                        \
    {                                                                                              \
        .name = "ID", .type = ARGUMENT_TEXT, .need = ARGUMENT_OPTIONAL,                            \
        .help = "the migration; may be left out when there is one"                                 \
    }
#define SESSION_GATE_OPTION                                                                        \
    {                                                                                              \
        .name = "leave-at-gate", .type = OPTION_FLAG,                                              \
        .help = "end with status 5 when a person must approve, instead of waiting"                 \
    }
#define SESSION_COMMENT_OPTION                                                                     \
    {                                                                                              \
        .name = "comment", .argument = "TEXT", .type = OPTION_TEXT,                                \
        .help = "a sentence or a ticket number for the journal"                                    \
    }

struct session {
    struct invocation *inv;
    struct clock clock;
    struct store *store;
    struct migration migration; /* as the store has it */
    struct spec *spec;
    struct anchor *anchor;
    struct lease *lease;
    struct runner *runner;
    struct world *world;
    struct ports ports;
};

void session_close(struct session *session); /* for CLEANUP(); a zeroed one is fine */

/* The store and a migration in it; id NULL: the only one. The migration file comes from the store.
   For writing the file must be sound (session_trust); for reading only a warning says that it is
   not, so that a damaged file can still be looked at. Errors: STATE, SPEC. */
int session_load(struct session *session, struct invocation *inv, enum store_access access,
                 const char *id, enum spec_files files, struct err *err) MUST_CHECK;

/* Whether the state file may be gone by: its structure, its seal, the chain of the journal, and
   that it is not an older copy than this host knows of. Changes nothing. Errors: STATE. */
int session_check(struct session *session, struct err *err) MUST_CHECK;
/* The same, and from then on each row that is committed is noted where heads are kept. */
int session_trust(struct session *session, struct err *err) MUST_CHECK;

/* Where the newest rows are noted, outside every state directory: $ECE_MIGRATE_ANCHORS, else
   /var/lib/ece-migrate-anchors for root, else below $XDG_STATE_HOME or ~/.local/state. In the
   invocation's arena. */
const char *session_anchors(const struct invocation *inv);

/* The world and the drivers, for a session that has a spec. tap may be NULL. Errors: SPEC. */
int session_reach(struct session *session, world_tap *tap, void *tap_arg,
                  struct err *err) MUST_CHECK;

/* Asks every driver what would make the move fail; the connections refuse every change and are
   closed again. findings is filled, also with blocks. Errors: those of looking. */
int session_preflight(struct session *session, struct findings *findings,
                      struct err *err) MUST_CHECK;

/* Takes the lease and runs until the end, with progress on standard output (text) or none (JSON);
   fills inv->answer in JSON. Errors: as runner_run, BUSY. */
int session_run(struct session *session, struct err *err) MUST_CHECK;

/* The name of whoever typed the command: --as, else $SUDO_USER, else the login name. In the
 * invocation's arena. */
const char *session_who(const struct invocation *inv);

/* {"id", "state", "hash", "tracks": [...]} as the store has it now. */
int session_answer(struct session *session, struct err *err) MUST_CHECK;

#endif
