/*
 * Comparisons of both sides. Probes only.
 *
 * Live: while clients write, so what can be said is coarse: the same databases, the same number of
 * relations of each kind, sizes within a margin. Final: after the cut, each row, at exactly the
 * position where writes stopped.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_COMPARE_H
#define STEPS_PORT_ENGINE_POSTGRESQL_COMPARE_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.compare_live, .compare_final */
int postgresql_compare_live(struct engine *engine, struct arena *arena,
                            struct engine_comparison *out, struct err *err);
int postgresql_compare_final(struct engine *engine, enum engine_way way,
                             const char *const *snapshots, struct arena *arena,
                             struct engine_comparison *out, struct err *err);

/* Two answers to one query, row by row: the first difference in words, in arena; NULL when they are
   the same. The first key_cols columns are what a row is called. Pure. */
const char *postgresql_compare_rows(const struct pg_rows *source, const struct pg_rows *target,
                                    size_t key_cols, struct arena *arena);
/* Whether two sizes are the same for files that are written to: within 5 % or 64 MiB. Pure. */
bool postgresql_compare_near(int64_t a, int64_t b);

#endif
