/*
 * The comparison at the cut; see postgresql_compare.h. Each table is one statement a side: how many
 * rows, and the sum of their hashes, which no order changes and which (unlike their XOR) a pair of
 * equal rows does not cancel. hash_record_extended hashes the binary values and is the fastest way
 * that sees every byte; rows with a column that has no hash function are hashed as text.
 *
 * The source is fenced, so it stands still. The target is read at the snapshot that the guard
 * exported before the first client came. Sequences are no part of a snapshot, and a standby's run
 * up to 32 ahead: the target's must not be behind.
 */
#include "steps/port/engine/postgresql_compare.h"

#include <inttypes.h>
#include <string.h>

enum { TABLE_MS = 6 * 60 * 60 * 1000 };

struct final {
    struct postgresql *self;
    struct arena *arena;
    const char *database;
    struct pg *source, *target; /* the closed side, and the one at its snapshot */
    enum engine_way way;        /* BACK: the closed side is the target */
    struct engine_comparison *out;
    const char *difference; /* NULL so far */
    bool gone;              /* the difference is a table that is there no more */
};

static const char *serving(const struct final *final)
{
    return final->way == ENGINE_FORTH ? "target" : "source";
}

/* A snapshot keeps rows, not tables: what clients dropped on the target before its turn came cannot
   be compared any more, and that is told as a difference, for a person to judge. */
static int dropped_since(struct final *final, const char *what, struct err *err)
{
    static const char undefined_table[] = "42P01";
    if (strcmp(pg_sqlstate(final->target), undefined_table) != 0)
        return err_add(err, "%s in database '%s'", what, final->database);
    err_clear(err);
    final->gone = true;
    final->difference = arena_printf(final->arena,
                                     "%s in database '%s' was dropped on the %s after the cut, "
                                     "before it was compared",
                                     what, final->database, serving(final));
    return 0;
}

/* The same question to both; *difference is set when the answers differ. */
static int ask_both(struct final *final, const char *what, const char *sql, size_t key_cols,
                    int64_t timeout_ms, struct pg_rows *source, struct err *err)
{
    struct pg_rows target;
    if (pg_probe(final->source, sql, NULL, 0, timeout_ms, final->arena, source, err))
        return err_add(err, "%s in database '%s'", what, final->database);
    if (pg_probe(final->target, sql, NULL, 0, timeout_ms, final->arena, &target, err))
        return dropped_since(final, what, err);
    const char *difference = final->way == ENGINE_FORTH
                                 ? postgresql_compare_rows(source, &target, key_cols, final->arena)
                                 : postgresql_compare_rows(&target, source, key_cols, final->arena);
    if (difference)
        final->difference = arena_printf(final->arena, "%s in database '%s': %s", what,
                                         final->database, difference);
    return 0;
}

enum table { SCHEMA, NAME, TABLE_COLS };

static const char *table_name(const struct final *final, const struct pg_rows *tables, size_t row)
{
    const char *const *cells = tables->cell + row * tables->cols;
    return arena_printf(final->arena, "%s.%s",
                        pg_quote_ident(final->source, cells[SCHEMA], final->arena),
                        pg_quote_ident(final->source, cells[NAME], final->arena));
}

/* Whether the rows can be hashed as they are: a type without a hash function is refused at the
   first row. The source's session is not pinned, so a refusal costs nothing there. */
static int hash_of(const struct final *final, const char *table, const char **out, struct err *err)
{
    struct pg_rows rows;
    const char *sql = arena_printf(
        final->arena, "SELECT hash_record_extended(t, 0) FROM ONLY %s AS t LIMIT 1", table);
    *out = "hash_record_extended(t, 0)";
    if (pg_probe(final->source, sql, NULL, 0, 0, final->arena, &rows, err) == 0)
        return 0;
    if (strcmp(pg_sqlstate(final->source), "42883") != 0)
        return -1;
    err_clear(err);
    *out = "hashtextextended(t::text, 0)";
    return 0;
}

/* TRUNCATE and what rewrites a table make its old rows invisible to every snapshot, and give it
   another file; a physical copy has the source's file numbers otherwise. */
static int rewritten_since(struct final *final, const char *table, struct err *err)
{
    const char *ours = NULL, *theirs = NULL;
    const char *sql = arena_printf(final->arena, "SELECT pg_relation_filenode(%s)",
                                   pg_quote_literal(final->source, table, final->arena));
    if (pg_probe_value(final->source, sql, final->arena, &ours, err) ||
        pg_probe_value(final->target, sql, final->arena, &theirs, err))
        return -1;
    if (!str_equal(ours, theirs))
        final->difference =
            arena_printf(final->arena,
                         "%s (it was truncated or rewritten on the %s after the cut, before it "
                         "was compared)",
                         final->difference, serving(final));
    return 0;
}

static int final_table(struct final *final, const char *what, const char *table, struct err *err)
{
    const char *hash = NULL;
    struct pg_rows rows;
    int64_t count = 0;
    if (hash_of(final, table, &hash, err))
        return err_add(err, "%s in database '%s'", what, final->database);
    const char *sql = arena_printf(
        final->arena,
        "SELECT 'rows and their hash', count(*), coalesce(sum(%s), 0) FROM ONLY %s AS t", hash,
        table);
    if (ask_both(final, what, sql, 1, TABLE_MS, &rows, err))
        return -1;
    if (rows.rows == 1 && str_to_i64(rows.cell[1], &count) == 0)
        final->out->rows += count;
    final->out->tables++;
    return final->difference && !final->gone ? rewritten_since(final, table, err) : 0;
}

/* What was compared, for the report: the tables' bytes on the source. */
static int final_size(struct final *final, struct err *err)
{
    const char *size = NULL;
    int64_t bytes = 0;
    if (pg_probe_value(final->source, postgresql_self_sql("final_size.sql"), final->arena, &size,
                       err))
        return -1;
    if (size && str_to_i64(size, &bytes) == 0)
        final->out->bytes += bytes;
    return 0;
}

/* A database may have very many tables: what one needed is given back before the next. */
static int final_tables(struct final *final, struct err *err)
{
    struct pg_rows tables;
    if (final_size(final, err) || ask_both(final, "tables", postgresql_self_sql("final_tables.sql"),
                                           TABLE_COLS, 0, &tables, err))
        return -1;
    struct arena *keep = final->arena;
    CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
    int status = 0;
    for (size_t row = 0; row < tables.rows && !final->difference && status == 0; row++) {
        arena_reset(scratch);
        final->arena = scratch;
        const char *const *cells = tables.cell + row * tables.cols;
        const char *what = arena_printf(scratch, "table %s.%s", cells[SCHEMA], cells[NAME]);
        status = final_table(final, what, table_name(final, &tables, row), err);
    }
    final->arena = keep;
    final->difference = arena_strdup(keep, final->difference);
    return status;
}

/* Columns: schema, name, last value, increment; the target may be ahead in its own direction. */
static int final_sequences(struct final *final, struct err *err)
{
    struct pg_rows a, b;
    const char *sql = postgresql_self_sql("final_sequences.sql");
    if (pg_probe(final->source, sql, NULL, 0, 0, final->arena, &a, err) ||
        pg_probe(final->target, sql, NULL, 0, 0, final->arena, &b, err))
        return err_add(err, "sequences in database '%s'", final->database);
    for (size_t row = 0; row < a.rows && row < b.rows && !final->difference; row++) {
        int64_t ours = 0, theirs = 0, step = 0;
        const char *const *x = a.cell + row * a.cols, *const *y = b.cell + row * b.cols;
        bool same = str_equal(x[0], y[0]) && str_equal(x[1], y[1]);
        bool known = x[2] && y[2] && !str_to_i64(x[2], &ours) && !str_to_i64(y[2], &theirs) &&
                     !str_to_i64(x[3], &step);
        if (!same || (known && (step > 0 ? theirs < ours : theirs > ours)) || (x[2] && !y[2]))
            final->difference = arena_printf(
                final->arena, "sequence '%s.%s' in database '%s': closed side is at %s, %s at %s",
                x[0], x[1], final->database, x[2] ? x[2] : "its start", serving(final),
                y[2] ? y[2] : "its start");
    }
    return 0;
}

static int final_database(struct final *final, const char *snapshot, struct err *err)
{
    struct pg_rows rows;
    if (pg_pin(final->target, snapshot, err) || final_tables(final, err))
        return -1;
    if (!final->difference &&
        ask_both(final, "roles and large objects", postgresql_self_sql("final_shared.sql"), 1,
                 TABLE_MS, &rows, err))
        return -1;
    return final->difference ? 0 : final_sequences(final, err);
}

static int final_open(struct final *final, struct err *err)
{
    struct postgresql *self = final->self;
    const struct secret *password = NULL;
    if (postgresql_self_password(self, &password, err))
        return -1;
    if (!password)
        return err_set(err, ERR_AUTH, "the password of '%s' is on none of the hosts any more",
                       self->name.role);
    if (pg_open_as(&final->source, self->world, postgresql_self_from(self, final->way)->endpoint,
                   final->database, self->name.role, password, err))
        return -1;
    return pg_open_as(&final->target, self->world, postgresql_self_to(self, final->way)->endpoint,
                      final->database, self->name.role, password, err);
}

static int final_pair(struct final *final, const char *pair, struct err *err)
{
    const char *equals = strrchr(pair, '=');
    if (!equals)
        return err_set(err, ERR_INTERNAL, "'%s' is no database=snapshot", pair);
    final->database = arena_strndup(final->arena, pair, (size_t)(equals - pair));
    int status = final_open(final, err);
    if (status == 0)
        status = final_database(final, equals + 1, err);
    pg_close(final->source);
    pg_close(final->target);
    final->source = final->target = NULL;
    return status ? err_add(err, "comparing database '%s'", final->database) : 0;
}

int postgresql_compare_final(struct engine *engine, enum engine_way way,
                             const char *const *snapshots, struct arena *arena,
                             struct engine_comparison *out, struct err *err)
{
    char human[STR_HUMAN];
    size_t databases = 0;
    *out = (struct engine_comparison){0};
    struct final final = {.self = postgresql_self(engine), .arena = arena, .way = way, .out = out};
    for (; snapshots[databases] && !final.difference; databases++)
        if (final_pair(&final, snapshots[databases], err))
            return -1;
    out->equal = !final.difference && databases > 0;
    out->what =
        final.difference
            ? final.difference
            : arena_printf(arena,
                           "%zu databases, %" PRId64 " tables, %" PRId64
                           " rows, %s: every row at the cut, sequences, large objects, roles",
                           databases, out->tables, out->rows,
                           str_bytes(human, (uint64_t)out->bytes));
    return 0;
}
