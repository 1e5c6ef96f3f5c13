/*
 * What the guard is told: a file of key=value lines in its directory, written by the traffic
 * driver, half of it by the engine (engine.h's kit). No secrets: those are in the passfile that it
 * names. Unknown keys are refused.
 *
 *   id=orders                    the migration
 *   way=back                     in a rollback only: source and target below are the sides that the
 *                                clients leave and come to, so they are swapped
 *   max_stall_ms=300             the promise to the clients
 *   guard_ms=200                 when the warden ends the hold, counted from its beginning
 *   engine=postgresql
 *   source=KEYWORDS              libpq's, of our role at the source: host port user dbname passfile
 *   target=KEYWORDS              the same at the target
 *   trial=KEYWORDS               of a session that the fence must refuse (the admin user's, without
 *                                a password)
 *   fence_file=PATH              the file on the source that our pg_hba lines read; written through
 *                                the source session
 *   fence_closed=all             its content when the source is closed
 *   fence_open=ece_orders_open   … and when it is open
 *   databases=orders postgres    in which snapshots are exported at the cut; a name with a space or
 *                                a quote stands in double quotes, with "" for one of them
 *   traffic=pgbouncer
 *   console=KEYWORDS             of the proxy's admin console
 *   console_user=postgres        the system user to be when connecting to it
 *   database=orders              the entry that is held and switched
 *   config=PATH                  the proxy's live configuration
 *   config_source=PATH           the spare ones beside it
 *   config_target=PATH
 *
 * For rehearsals only, refused unless the environment has ECE_MIGRATE_REHEARSAL:
 *
 *   stop_at=PHASE                the worker stops itself (SIGSTOP) on entering that phase
 *                                (phase.h), so that a test can kill it there
 */
#ifndef STEPS_GUARD_PLAN_H
#define STEPS_GUARD_PLAN_H

#include "base/attr.h"
#include "base/err.h"

struct guard_plan {
    const char *id;
    const char *way; /* "back", or NULL for the way to the target */
    int max_stall_ms, guard_ms;
    const char *source, *target, *trial;
    const char *fence_file, *fence_closed, *fence_open;
    const char *databases;
    const char *console, *console_user, *database;
    const char *config, *config_source, *config_target;
    const char *stop_at; /* NULL: nowhere */
    char *text;          /* what the others point into, when it was read from a file */
};

/* Reads DIR/plan. Errors: SPEC (missing, unknown or repeated key, bad number); out is to be freed
 * then too. */
int guard_plan_read(struct guard_plan *out, const char *dir, struct err *err) MUST_CHECK;
void guard_plan_free(struct guard_plan *plan);
/* The same from a text, which it cuts up and which must outlive the plan. */
int guard_plan_parse(struct guard_plan *out, char *text, struct err *err) MUST_CHECK;

#endif
