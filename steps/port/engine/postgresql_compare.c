/*
 * The comparison while clients write; see postgresql_compare.h.
 */
#include "steps/port/engine/postgresql_compare.h"

#include <inttypes.h>
#include <string.h>

enum { TRIES = 3, PAUSE_MS = 1000, NEAR_BYTES = 64 << 20, NEAR_PART = 20 };

bool postgresql_compare_near(int64_t a, int64_t b)
{
    int64_t difference = a > b ? a - b : b - a;
    int64_t larger = a > b ? a : b;
    return difference <= NEAR_BYTES || difference <= larger / NEAR_PART;
}

static const char *row_name(const struct pg_rows *rows, size_t row, size_t key_cols,
                            struct arena *arena)
{
    CLEANUP(str_free) struct str name = STR_INIT;
    for (size_t col = 0; col < key_cols; col++) {
        const char *cell = rows->cell[row * rows->cols + col];
        str_printf(&name, "%s%s", col ? "." : "", cell ? cell : "");
    }
    return arena_strdup(arena, str_text(&name));
}

const char *postgresql_compare_rows(const struct pg_rows *source, const struct pg_rows *target,
                                    size_t key_cols, struct arena *arena)
{
    size_t rows = source->rows < target->rows ? source->rows : target->rows;
    for (size_t row = 0; row < rows; row++) {
        for (size_t col = 0; col < source->cols; col++) {
            const char *a = source->cell[row * source->cols + col];
            const char *b = target->cell[row * target->cols + col];
            if (!str_equal(a, b))
                return arena_printf(arena, "'%s': source has %s, target has %s",
                                    row_name(source, row, key_cols, arena), a ? a : "nothing",
                                    b ? b : "nothing");
        }
    }
    if (source->rows == target->rows)
        return NULL;
    const struct pg_rows *longer = source->rows > target->rows ? source : target;
    return arena_printf(arena, "'%s' is on the %s only", row_name(longer, rows, key_cols, arena),
                        longer == source ? "source" : "target");
}

/* A session of its own in another database, as whoever is in already. */
static int open_in(struct postgresql *self, struct postgresql_side *side, const char *database,
                   struct pg **out, struct err *err)
{
    const struct secret *password = NULL;
    if (postgresql_self_enter(self, side, err))
        return -1;
    if (side->user == POSTGRESQL_ADMIN)
        return pg_open(out, self->world, side->endpoint, database, err);
    if (postgresql_self_password(self, &password, err))
        return -1;
    return pg_open_as(out, self->world, side->endpoint, database, self->name.role, password, err);
}

struct live {
    struct pg_rows kinds; /* kind, number of relations */
    int64_t bytes, tables;
};

static int live_ask(struct pg *pg, struct arena *arena, struct live *out, struct err *err)
{
    struct pg_rows rows;
    if (pg_probe(pg, postgresql_self_sql("live_kinds.sql"), NULL, 0, 0, arena, &out->kinds, err) ||
        pg_probe(pg, postgresql_self_sql("live_size.sql"), NULL, 0, 0, arena, &rows, err))
        return -1;
    if (rows.rows != 1 || str_to_i64(rows.cell[0], &out->bytes) ||
        str_to_i64(rows.cell[1], &out->tables))
        return err_set(err, ERR_DATABASE, "a database did not tell its size");
    return 0;
}

/* The first difference in one database, NULL when there is none. */
static int live_once(struct pg *source, struct pg *target, const char *database,
                     struct arena *arena, struct engine_comparison *sum, const char **out,
                     struct err *err)
{
    struct live a, b;
    if (live_ask(source, arena, &a, err) || live_ask(target, arena, &b, err))
        return -1;
    const char *difference = postgresql_compare_rows(&a.kinds, &b.kinds, 1, arena);
    *out = NULL;
    if (difference)
        *out = arena_printf(arena, "database '%s', relations of kind %s", database, difference);
    else if (!postgresql_compare_near(a.bytes, b.bytes))
        *out =
            arena_printf(arena, "database '%s': source has %" PRId64 " bytes, target has %" PRId64,
                         database, a.bytes, b.bytes);
    if (*out)
        return 0;
    sum->tables += a.tables;
    sum->bytes += a.bytes;
    return 0;
}

/* A table that was made a moment ago is not on the target yet: a difference counts when it stays.
 */
static int live_database(struct postgresql *self, const char *database, struct arena *arena,
                         struct engine_comparison *sum, const char **out, struct err *err)
{
    CLEANUP(pg_cleanup) struct pg *source = NULL;
    CLEANUP(pg_cleanup) struct pg *target = NULL;
    if (open_in(self, &self->source, database, &source, err) ||
        open_in(self, &self->target, database, &target, err))
        return -1;
    for (int i = 0; i < TRIES; i++) {
        if (i > 0)
            clock_sleep_ms(&self->clock, PAUSE_MS);
        if (live_once(source, target, database, arena, sum, out, err))
            return -1;
        if (!*out)
            break;
    }
    return 0;
}

static int live_databases(struct postgresql *self, struct arena *arena, struct pg_rows *databases,
                          const char **difference, struct err *err)
{
    struct pg_rows target;
    const char *sql = postgresql_self_sql("databases.sql");
    if (postgresql_self_ask(self, &self->source, sql, NULL, 0, arena, databases, err) ||
        postgresql_self_ask(self, &self->target, sql, NULL, 0, arena, &target, err))
        return -1;
    *difference = postgresql_compare_rows(databases, &target, 1, arena);
    return 0;
}

int postgresql_compare_live(struct engine *engine, struct arena *arena,
                            struct engine_comparison *out, struct err *err)
{
    struct postgresql *self = postgresql_self(engine);
    struct pg_rows databases;
    const char *difference = NULL;
    char human[STR_HUMAN];
    *out = (struct engine_comparison){0};
    if (live_databases(self, arena, &databases, &difference, err))
        return err_add(err, "comparing the databases of '%s'", self->service->name);
    for (size_t i = 0; i < databases.rows && !difference; i++)
        if (live_database(self, databases.cell[i * databases.cols], arena, out, &difference, err))
            return err_add(err, "comparing '%s'", databases.cell[i * databases.cols]);
    out->equal = !difference;
    out->what = difference ? difference
                           : arena_printf(arena,
                                          "%zu databases, %" PRId64 " tables, %s: same "
                                          "databases, relations and sizes",
                                          databases.rows, out->tables,
                                          str_bytes(human, (uint64_t)out->bytes));
    return 0;
}
