/*
 * Requests of people, from processes that do not hold the lease.
 */
#include "state/request.h"

#include <string.h>

#include "base/secret.h"
#include "state/digest.h"
#include "state/journal.h"

static const char *const kind_names[] = {
    [REQUEST_APPROVE] = "approve",
    [REQUEST_ABORT] = "abort",
    [REQUEST_ROLLBACK] = "rollback",
    [REQUEST_END_WINDOW] = "end-window",
};

/* What follows "NAME asked to". */
static const char *const kind_words[] = {
    [REQUEST_APPROVE] = "approve",
    [REQUEST_ABORT] = "abort",
    [REQUEST_ROLLBACK] = "roll back",
    [REQUEST_END_WINDOW] = "end the rollback window",
};

const char *request_kind_name(enum request_kind kind)
{
    return kind_names[kind];
}

/* The store's own check lets no other name in. */
static enum request_kind kind_of(const char *name)
{
    enum request_kind kind = REQUEST_APPROVE;
    for (size_t i = 0; i < ARRAY_LEN(kind_names); i++)
        if (strcmp(kind_names[i], name) == 0)
            kind = (enum request_kind)i;
    return kind;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static int insert(struct store *store, const char *migration, const struct request *request,
                  struct arena *arena, struct err *err)
{
    static const char sql[] =
        "INSERT INTO request (id, migration, kind, track, who, spec_hash, comment, wall_us, seen) "
        "SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, 0 FROM request";
    const struct store_value args[] = {
        store_text(migration),
        store_text(request_kind_name(request->kind)),
        store_text(or_empty(request->track)),
        store_text(secret_scrub_copy(arena, or_empty(request->who))),
        store_text(or_empty(request->spec_hash)),
        store_text(secret_scrub_copy(arena, or_empty(request->comment))),
        store_int(store_wall_us(store)),
    };
    return store_run(store, NULL, sql, args, ARRAY_LEN(args), NULL, NULL, err);
}

static int journal(struct store *store, const char *migration, const struct request *request,
                   struct arena *arena, struct err *err)
{
    const char *comment = or_empty(request->comment), *hash = or_empty(request->spec_hash);
    const struct journal_entry entry = {
        .kind = JOURNAL_REQUEST,
        .track = or_empty(request->track)[0] ? request->track : NULL,
        .action = request_kind_name(request->kind),
        .actor = or_empty(request->who),
        .text = arena_printf(arena, "%s asked to %s%s%s", or_empty(request->who),
                             kind_words[request->kind], comment[0] ? ": " : "", comment),
        .detail = hash[0] ? arena_printf(arena, "{\"spec_sha256\":\"%s\"}", hash) : NULL,
    };
    return journal_append(store, migration, 0, &entry, err);
}

int request_make(struct store *store, const char *migration, const struct request *request,
                 struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    unsigned char digest[DIGEST_BYTES];
    const char *hash = or_empty(request->spec_hash);
    if ((hash[0] || request->kind == REQUEST_APPROVE) && digest_from_hex(digest, hash))
        return err_set(err, ERR_STATE,
                       "an approval names the migration file by its SHA-256, not by '%s'", hash);
    if (store_begin_write(store, err))
        return -1;
    if (insert(store, migration, request, arena, err) ||
        journal(store, migration, request, arena, err))
        return store_rollback(store);
    return store_end(store, STORE_COMMIT, err);
}

int request_read(struct store *store, const char *migration, struct arena *arena,
                 struct request **out, size_t *out_len, struct err *err)
{
    static const char select[] =
        "SELECT id, kind, track, who, spec_hash, comment, wall_us, seen FROM request "
        "WHERE migration = $1 ORDER BY id";
    const struct store_value args[] = {store_text(migration)};
    struct store_rows rows;
    if (store_read(store, arena, select, "itttttii", args, 1, &rows, err))
        return -1;
    *out_len = rows.rows;
    *out = ARENA_ARRAY(arena, struct request, rows.rows);
    for (size_t i = 0; i < rows.rows; i++) {
        const struct store_value *cell = rows.cell + i * rows.cols;
        (*out)[i] = (struct request){
            .id = cell[0].i,
            .kind = kind_of(cell[1].text),
            .track = cell[2].text,
            .who = cell[3].text,
            .spec_hash = cell[4].text,
            .comment = cell[5].text,
            .wall_us = cell[6].i,
            .seen = cell[7].i != 0,
        };
    }
    return 0;
}

int request_mark_seen(struct store *store, int64_t id, struct err *err)
{
    const struct store_value args[] = {store_int(id)};
    int64_t changes = 0;
    if (store_run(store, NULL, "UPDATE request SET seen = 1 WHERE id = $1", args, 1, NULL, &changes,
                  err))
        return -1;
    return changes == 1 ? 0 : err_set(err, ERR_STATE, "there is no request %lld", (long long)id);
}
