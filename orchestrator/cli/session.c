/* Opening, running and closing what a command needs. */
#include "orchestrator/cli/session.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/cli/fault_point.h"
#include "orchestrator/cli/interrupt.h"
#include "orchestrator/cli/progress.h"
#include "base/log.h"
#include "state/journal.h"
#include "steps/window.h"

void session_close(struct session *session)
{
    ports_close(&session->ports);
    world_close(session->world);
    runner_free(session->runner);
    lease_release(session->lease);
    anchor_free(session->anchor);
    spec_free(session->spec);
    store_close(session->store);
    *session = (struct session){0};
}

static int parse_frozen(struct session *session, enum spec_files files, struct err *err)
{
    struct spec_faults faults = {0};
    const char *text = session->migration.spec_text;
    if (spec_parse(&session->spec, text, strlen(text), files, session->inv->arena, &faults, err) ==
        0)
        return 0;
    for (size_t i = 0; i < faults.len; i++)
        out_error("migration '%s': %s: %s\n", session->migration.id, faults.fault[i].pointer,
                  faults.fault[i].text);
    return err_add(err, "the migration file that is frozen in the store");
}

#define ANCHORS_DEFAULT "/var/lib/ece-migrate-anchors"

const char *session_anchors(const struct invocation *inv)
{
    const char *dir = getenv("ECE_MIGRATE_ANCHORS"), *home = getenv("HOME");
    const char *xdg = getenv("XDG_STATE_HOME");
    if (dir != NULL && dir[0] == '/')
        return dir;
    /* The package's user has a folder of its own there. */
    bool shared = geteuid() == 0 || access(ANCHORS_DEFAULT, W_OK) == 0;
    if (shared || home == NULL || home[0] != '/')
        return ANCHORS_DEFAULT;
    return xdg != NULL && xdg[0] == '/'
               ? arena_printf(inv->arena, "%s/ece-migrate-anchors", xdg)
               : arena_printf(inv->arena, "%s/.local/state/ece-migrate-anchors", home);
}

/* What this host does not know it cannot miss: that is said, as it is right only for a state
 * directory that came from another host. */
static void warn_unknown(const struct session *session, const char *dir)
{
    log_warn("this host has no note of the newest row of '%s' in '%s': check the state file with "
             "'ece-migrate log %s --verify --head HASH' if it came from a backup",
             session->migration.id, dir, session->migration.id);
}

int session_check(struct session *session, struct err *err)
{
    const char *dir = session_anchors(session->inv), *id = session->migration.id;
    struct anchor_head head;
    bool known = false;
    if (store_check(session->store, err) < 0 || store_seal_check(session->store, err) < 0 ||
        journal_verify(session->store, id, NULL, err) < 0 ||
        anchor_check(session->store, id, dir, &known, err) < 0 ||
        anchor_head(session->store, id, &head, err) < 0)
        return -1;
    if (!known && head.fence > 0)
        warn_unknown(session, dir);
    return 0;
}

int session_trust(struct session *session, struct err *err)
{
    if (session_check(session, err) < 0)
        return -1;
    session->anchor =
        anchor_follow(session->store, session->migration.id, session_anchors(session->inv));
    return 0;
}

/* For who only reads: the two checks that cost nothing. */
static void look_once(struct session *session)
{
    struct err doubt = ERR_INIT;
    if (store_seal_check(session->store, &doubt) < 0 ||
        anchor_check(session->store, session->migration.id, session_anchors(session->inv), NULL,
                     &doubt) < 0)
        log_warn("%s", doubt.text);
}

int session_load(struct session *session, struct invocation *inv, enum store_access access,
                 const char *id, enum spec_files files, struct err *err)
{
    session->inv = inv;
    session->clock = clock_real();
    if (store_open(&session->store, inv->state_dir, access, session->clock, err) < 0 ||
        migration_load(session->store, id, inv->arena, &session->migration, err) < 0)
        return -1;
    if (access == STORE_READ)
        look_once(session);
    else if (session_trust(session, err) < 0)
        return -1;
    return parse_frozen(session, files, err);
}

int session_reach(struct session *session, world_tap *tap, void *tap_arg, struct err *err)
{
    session->world = world_open(session->spec, session->clock, tap, tap_arg);
    return ports_open(&session->ports, session->spec, session->world, session->clock, err);
}

static int ask_all(struct session *session, struct findings *findings, struct err *err)
{
    const struct ports *ports = &session->ports;
    if (session_reach(session, NULL, NULL, err) < 0 ||
        ports->tunnel->ops->check(ports->tunnel, findings, err) < 0)
        return -1;
    for (size_t i = 0; i < ports->services; i++)
        if (ports->engine[i]->ops->check(ports->engine[i], findings, err) < 0 ||
            ports->traffic[i]->ops->check(ports->traffic[i], findings, err) < 0)
            return -1;
    window_findings(session->spec, findings);
    return 0;
}

int session_preflight(struct session *session, struct findings *findings, struct err *err)
{
    findings_init(findings, session->inv->arena);
    int result = ask_all(session, findings, err);
    ports_close(&session->ports);
    world_close(session->world);
    session->world = NULL;
    return result;
}

static json_t *track_json(const struct track *track)
{
    json_t *json = json_make_object();
    json_put(json, "name", json_make_text(track->name));
    json_put(json, "phase", json_make_text(track->phase));
    json_put(json, "state", json_make_text(track_state_name(track->state)));
    json_put(json, "goal", json_make_text(track->goal));
    json_put(json, "reason", json_make_text(track->reason));
    json_put(json, "attempt", json_integer(track->attempt));
    return json;
}

int session_answer(struct session *session, struct err *err)
{
    struct arena *arena = session->inv->arena;
    struct track *track = NULL;
    size_t tracks = 0;
    struct migration migration;
    if (migration_load(session->store, session->migration.id, arena, &migration, err) < 0 ||
        migration_tracks(session->store, migration.id, arena, &track, &tracks, err) < 0)
        return -1;
    json_t *list = json_make_array();
    for (size_t i = 0; i < tracks; i++)
        json_add(list, track_json(&track[i]));
    json_cleanup(&session->inv->answer);
    session->inv->answer = json_make_object();
    json_put(session->inv->answer, "id", json_make_text(migration.id));
    json_put(session->inv->answer, "state", json_make_text(migration.state));
    json_put(session->inv->answer, "hash", json_make_text(migration.spec_hash));
    json_put(session->inv->answer, "tracks", list);
    struct anchor_head head;
    if (anchor_head(session->store, migration.id, &head, err) < 0)
        return -1;
    json_t *end = json_make_object();
    json_put(end, "rows", json_integer(head.seq));
    json_put(end, "hash", json_make_text(head.hash));
    json_put(session->inv->answer, "journal", end);
    return 0;
}

/* Kept with the ticket, or anywhere that is not restored together with the state directory, it
 * shows later that nothing of the journal is missing. */
static void print_head(struct session *session)
{
    struct anchor_head head;
    struct err ignored = ERR_INIT;
    if (anchor_head(session->store, session->migration.id, &head, &ignored) == 0)
        out_text("the journal ends with row %lld, head %.16s\n", (long long)head.seq, head.hash);
}

int session_run(struct session *session, struct err *err)
{
    struct invocation *inv = session->inv;
    session->runner = runner_new();
    if (lease_take(&session->lease, session->store, session->migration.id, err) < 0 ||
        session_reach(session, runner_tap, session->runner, err) < 0)
        return -1;
    struct progress progress;
    progress_begin(&progress, inv, &session->clock);
    struct runner_config config = {
        .store = session->store,
        .lease = session->lease,
        .spec = session->spec,
        .ports = &session->ports,
        .world = session->world,
        .clock = session->clock,
        .gate = option_given(&inv->options, "leave-at-gate") ? RUNNER_LEAVE_AT_GATE
                                                             : RUNNER_STAY_AT_GATE,
        .watch = progress_watch,
        .watch_arg = &progress,
        .hook = fault_point_hook(),
        .stop = interrupt_catch(),
    };
    int result = runner_run(session->runner, &config, err);
    progress_end(&progress);
    if (inv->mode == OUT_TEXT && !option_given(&inv->options, "quiet"))
        print_head(session);
    if (inv->mode == OUT_JSON) {
        struct err late = ERR_INIT;
        if (session_answer(session, &late) < 0 && result == 0)
            return err_set(err, late.code, "%s", late.text);
    }
    return result;
}

const char *session_who(const struct invocation *inv)
{
    const char *who = option_text(&inv->options, "as", NULL);
    if (who == NULL)
        who = getenv("SUDO_USER");
    if (who == NULL || *who == '\0') {
        const struct passwd *user = getpwuid(getuid());
        who = user == NULL ? arena_printf(inv->arena, "uid %d", (int)getuid())
                           : arena_strdup(inv->arena, user->pw_name);
    }
    return who;
}
