/*
 * The migrations in the store and where their tracks stand. A migration is made once, whole, with
 * its first journal row; after that only its state, its journal's head and its tracks move.
 */
#include "state/migration.h"

#include <inttypes.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "state/digest.h"
#include "state/journal.h"
#include "state/journal_private.h"

static const char *const state_names[] = {
    [TRACK_ACTIVE] = "active",
    [TRACK_WAITING] = "waiting",
    [TRACK_PARKED] = "parked",
    [TRACK_DONE] = "done",
};

const char *track_state_name(enum track_state state)
{
    return state_names[state];
}

static enum track_state state_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(state_names); i++)
        if (strcmp(state_names[i], name) == 0)
            return (enum track_state)i;
    return TRACK_PARKED; /* the table's CHECK allows no other name */
}

void migration_hash(char out[65], const void *bytes, size_t len)
{
    unsigned char digest[DIGEST_BYTES];
    digest_sha256(digest, bytes, len);
    digest_hex(out, digest);
}

/* The id becomes part of file, interface, slot and role names everywhere, so it is plain. */
static int check_id(const char *id, struct err *err)
{
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    if (len < 1 || len > 64 || id[len] || id[0] == '.' || id[0] == '-')
        return err_set(err, ERR_STATE,
                       "migration id '%s' must be 1 to 64 letters, digits, '.', '_' or '-' and "
                       "begin with a letter or digit",
                       id);
    return 0;
}

static int insert_migration(struct store *store, const char *id, const char *spec_text,
                            int64_t machine_version, struct err *err)
{
    static const char insert[] =
        "INSERT INTO migration (id, spec_text, spec_hash, state, created_us, machine_version, "
        "head_seq, head_hash) VALUES ($1, $2, $3, 'running', $4, $5, 0, $6)";
    static const char lease[] =
        "INSERT INTO lease (migration, fence, held, host, boot_id, pid, pid_start, since_us) "
        "VALUES ($1, 0, 0, '', '', 0, 0, 0)";
    char hash[DIGEST_HEX];
    migration_hash(hash, spec_text, strlen(spec_text));
    const struct store_value args[] = {
        store_text(id),
        store_text(spec_text),
        store_text(hash),
        store_int(store_wall_us(store)),
        store_int(machine_version),
        store_text(JOURNAL_NO_HASH),
    };
    if (store_run(store, NULL, insert, args, ARRAY_LEN(args), NULL, NULL, err))
        return -1;
    return store_run(store, NULL, lease, args, 1, NULL, NULL, err);
}

static int insert_track(struct store *store, const char *id, const struct track *track, size_t ord,
                        struct err *err)
{
    static const char insert[] = "INSERT INTO track (migration, name, ord, phase, goal, state, "
                                 "reason, attempt, phase_since_us) "
                                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct store_value args[] = {
        store_text(id),
        store_text(track->name),
        store_int((int64_t)ord),
        store_text(track->phase),
        store_text(track->goal),
        store_text(track_state_name(track->state)),
        store_text(secret_scrub_copy(arena, track->reason ? track->reason : "")),
        store_int(track->attempt),
        store_int(track->phase_since_us),
    };
    return store_run(store, NULL, insert, args, ARRAY_LEN(args), NULL, NULL, err);
}

/* The row that ties the chain to the migration file: whoever knows its hash knows what was to be
 * run. */
static int journal_creation(struct store *store, const char *id, const char *spec_text,
                            int64_t machine_version, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    char hash[DIGEST_HEX];
    migration_hash(hash, spec_text, strlen(spec_text));
    const struct journal_entry entry = {
        .kind = JOURNAL_EVENT,
        .action = "create",
        .object = id,
        .actor = "runner",
        .result = "ok",
        .text = arena_printf(arena, "migration '%s' was made", id),
        .detail = arena_printf(arena, "{\"spec_sha256\":\"%s\",\"machine_version\":%" PRId64 "}",
                               hash, machine_version),
    };
    return journal_append(store, id, 0, &entry, err);
}

int migration_find(struct store *store, const char *id, bool *out, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct store_value args[] = {store_text(id)};
    struct store_rows rows;
    if (store_run(store, arena, "SELECT 1 FROM migration WHERE id = $1", args, 1, &rows, NULL, err))
        return -1;
    *out = rows.rows == 1;
    return 0;
}

static int create(struct store *store, const char *id, const char *spec_text,
                  int64_t machine_version, const struct track *tracks, size_t ntracks,
                  struct err *err)
{
    bool exists = false;
    if (migration_find(store, id, &exists, err))
        return -1;
    if (exists)
        return err_set(err, ERR_STATE,
                       "migration '%s' exists already: 'ece-migrate resume' goes on with it", id);
    if (insert_migration(store, id, spec_text, machine_version, err))
        return -1;
    for (size_t i = 0; i < ntracks; i++)
        if (insert_track(store, id, &tracks[i], i, err))
            return -1;
    return journal_creation(store, id, spec_text, machine_version, err);
}

int migration_create(struct store *store, const char *id, const char *spec_text,
                     int64_t machine_version, const struct track *tracks, size_t ntracks,
                     struct err *err)
{
    if (check_id(id, err) || store_begin_write(store, err))
        return -1;
    if (create(store, id, spec_text, machine_version, tracks, ntracks, err))
        return store_rollback(store);
    return store_end(store, STORE_COMMIT, err);
}

int migration_list(struct store *store, struct arena *arena, struct migration **out,
                   size_t *out_len, struct err *err)
{
    static const char select[] =
        "SELECT id, spec_text, spec_hash, state, created_us, machine_version FROM migration "
        "ORDER BY created_us, id";
    struct store_rows rows;
    if (store_read(store, arena, select, "ttttii", NULL, 0, &rows, err))
        return -1;
    *out_len = rows.rows;
    *out = ARENA_ARRAY(arena, struct migration, rows.rows);
    for (size_t i = 0; i < rows.rows; i++) {
        const struct store_value *cell = rows.cell + i * rows.cols;
        (*out)[i] = (struct migration){
            .id = cell[0].text,
            .spec_text = cell[1].text,
            .spec_hash = cell[2].text,
            .state = cell[3].text,
            .created_us = cell[4].i,
            .machine_version = cell[5].i,
        };
    }
    return 0;
}

static int none_found(const char *id, const struct migration *all, size_t len, struct err *err)
{
    CLEANUP(str_free) struct str names = STR_INIT;
    for (size_t i = 0; i < len; i++)
        str_printf(&names, "%s'%s'", i ? ", " : "", all[i].id);
    if (!len)
        return err_set(err, ERR_STATE,
                       "there is no migration in the state file: 'ece-migrate run' begins one");
    if (!id)
        return err_set(err, ERR_STATE, "there are several migrations, name one of %s",
                       str_text(&names));
    return err_set(err, ERR_STATE, "there is no migration '%s', there is %s", id, str_text(&names));
}

int migration_load(struct store *store, const char *id, struct arena *arena, struct migration *out,
                   struct err *err)
{
    struct migration *all = NULL;
    size_t len = 0;
    if (migration_list(store, arena, &all, &len, err))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (id ? strcmp(all[i].id, id) == 0 : len == 1) {
            *out = all[i];
            return 0;
        }
    }
    return none_found(id, all, len, err);
}

int migration_tracks(struct store *store, const char *id, struct arena *arena, struct track **out,
                     size_t *out_len, struct err *err)
{
    static const char select[] =
        "SELECT name, phase, goal, state, reason, attempt, phase_since_us FROM track "
        "WHERE migration = $1 ORDER BY ord";
    const struct store_value args[] = {store_text(id)};
    struct store_rows rows;
    if (store_read(store, arena, select, "tttttii", args, 1, &rows, err))
        return -1;
    *out_len = rows.rows;
    *out = ARENA_ARRAY(arena, struct track, rows.rows);
    for (size_t i = 0; i < rows.rows; i++) {
        const struct store_value *cell = rows.cell + i * rows.cols;
        (*out)[i] = (struct track){
            .name = cell[0].text,
            .phase = cell[1].text,
            .goal = cell[2].text,
            .state = state_of(cell[3].text),
            .reason = cell[4].text,
            .attempt = cell[5].i,
            .phase_since_us = cell[6].i,
        };
    }
    return 0;
}

int migration_set_state(struct store *store, const char *id, const char *state, struct err *err)
{
    const struct store_value args[] = {store_text(state), store_text(id)};
    int64_t changes = 0;
    if (store_run(store, NULL, "UPDATE migration SET state = $1 WHERE id = $2", args, 2, NULL,
                  &changes, err))
        return -1;
    return changes == 1
               ? 0
               : err_set(err, ERR_STATE, "there is no migration '%s' in the state file", id);
}

int migration_set_machine(struct store *store, const char *id, int64_t machine_version,
                          struct err *err)
{
    const struct store_value args[] = {store_int(machine_version), store_text(id)};
    return store_run(store, NULL, "UPDATE migration SET machine_version = $1 WHERE id = $2", args,
                     2, NULL, NULL, err);
}

int migration_put_track(struct store *store, const char *id, const struct track *track,
                        struct err *err)
{
    static const char update[] =
        "UPDATE track SET phase = $1, goal = $2, state = $3, reason = $4, attempt = $5, "
        "phase_since_us = $6 WHERE migration = $7 AND name = $8";
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct store_value args[] = {
        store_text(track->phase),
        store_text(track->goal),
        store_text(track_state_name(track->state)),
        store_text(secret_scrub_copy(arena, track->reason ? track->reason : "")),
        store_int(track->attempt),
        store_int(track->phase_since_us),
        store_text(id),
        store_text(track->name),
    };
    int64_t changes = 0;
    if (store_run(store, NULL, update, args, ARRAY_LEN(args), NULL, &changes, err))
        return -1;
    return changes == 1
               ? 0
               : err_set(err, ERR_STATE, "migration '%s' has no track '%s'", id, track->name);
}
