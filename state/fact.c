/*
 * Facts by track and name.
 */
#include "state/fact.h"

#include <string.h>

#include "base/secret.h"
#include "base/str.h"

int fact_put(struct store *store, const char *migration, const char *track, const char *name,
             const char *value, struct err *err)
{
    static const char upsert[] =
        "INSERT INTO fact (migration, track, name, value) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (migration, track, name) DO UPDATE SET value = excluded.value";
    CLEANUP(str_free) struct str clean = STR_INIT;
    /* A scrubbed fact would be a wrong fact: whoever made it has to store something else. */
    if (secret_scrub(&clean, value, strlen(value)))
        return err_set(err, ERR_INTERNAL,
                       "fact '%s' of track '%s' holds a secret, which the store never does", name,
                       track);
    const struct store_value args[] = {store_text(migration), store_text(track), store_text(name),
                                       store_text(value)};
    return store_run(store, NULL, upsert, args, ARRAY_LEN(args), NULL, NULL, err);
}

int fact_read(struct store *store, const char *migration, struct arena *arena, struct facts *out,
              struct err *err)
{
    const struct store_value args[] = {store_text(migration)};
    struct store_rows rows;
    if (store_read(store, arena,
                   "SELECT track, name, value FROM fact WHERE migration = $1 ORDER BY track, name",
                   "ttt", args, 1, &rows, err))
        return -1;
    out->len = rows.rows;
    out->fact = ARENA_ARRAY(arena, struct fact, rows.rows);
    for (size_t i = 0; i < rows.rows; i++) {
        const struct store_value *cell = rows.cell + i * rows.cols;
        out->fact[i] = (struct fact){cell[0].text, cell[1].text, cell[2].text};
    }
    return 0;
}

const char *fact_find(const struct facts *facts, const char *track, const char *name)
{
    for (size_t i = 0; i < facts->len; i++)
        if (str_equal(facts->fact[i].track, track) && str_equal(facts->fact[i].name, name))
            return facts->fact[i].value;
    return NULL;
}
