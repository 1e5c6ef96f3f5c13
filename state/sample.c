/*
 * Samples: appended per series, the oldest dropped by number.
 */
#include "state/sample.h"

#define KEPT_PER_SERIES 4000

static int put_one(struct store *store, const char *migration, const struct sample *sample,
                   struct err *err)
{
    static const char insert[] = "INSERT INTO sample (migration, track, name, seq, wall_us, value) "
                                 "SELECT $1, $2, $3, coalesce(max(seq), 0) + 1, $4, $5 FROM sample "
                                 "WHERE migration = $1 AND track = $2 AND name = $3";
    static const char drop[] =
        "DELETE FROM sample WHERE migration = $1 AND track = $2 AND name = $3 AND seq <= "
        "(SELECT max(seq) FROM sample WHERE migration = $1 AND track = $2 AND name = $3) - $4";
    const struct store_value series[] = {store_text(migration), store_text(sample->track),
                                         store_text(sample->name)};
    const struct store_value put[] = {series[0], series[1], series[2], store_int(sample->wall_us),
                                      store_int(sample->value)};
    const struct store_value cut[] = {series[0], series[1], series[2], store_int(KEPT_PER_SERIES)};
    if (store_run(store, NULL, insert, put, ARRAY_LEN(put), NULL, NULL, err))
        return -1;
    return store_run(store, NULL, drop, cut, ARRAY_LEN(cut), NULL, NULL, err);
}

int sample_put(struct lease *lease, const char *migration, const struct sample *samples, size_t len,
               struct err *err)
{
    struct store *store = lease_store(lease);
    if (lease_begin(lease, err))
        return -1;
    for (size_t i = 0; i < len; i++)
        if (put_one(store, migration, &samples[i], err))
            return store_rollback(store);
    return store_end(store, STORE_COMMIT, err);
}

int sample_read(struct store *store, const char *migration, const char *track, const char *name,
                int64_t limit, struct arena *arena, struct sample **out, size_t *out_len,
                struct err *err)
{
    static const char select[] =
        "SELECT wall_us, track, name, value FROM sample WHERE migration = $1 AND track = $2 "
        "AND name = $3 ORDER BY seq DESC LIMIT $4";
    const struct store_value args[] = {store_text(migration), store_text(track), store_text(name),
                                       store_int(limit > 0 ? limit : INT64_MAX)};
    struct store_rows rows;
    if (store_read(store, arena, select, "itti", args, ARRAY_LEN(args), &rows, err))
        return -1;
    *out_len = rows.rows;
    *out = ARENA_ARRAY(arena, struct sample, rows.rows);
    /* The newest come first, so that the limit takes them. */
    for (size_t i = 0; i < rows.rows; i++) {
        const struct store_value *cell = rows.cell + i * rows.cols;
        (*out)[rows.rows - 1 - i] =
            (struct sample){cell[0].i, cell[1].text, cell[2].text, cell[3].i};
    }
    return 0;
}
