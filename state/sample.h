/*
 * Samples: numbers over time for people to watch and for the report to plot (bytes copied, lag,
 * round-trip time). One row each, not part of the journal's chain; the newest few thousand a series
 * are kept.
 */
#ifndef STATE_SAMPLE_H
#define STATE_SAMPLE_H

#include "state/lease.h"
#include "state/store.h"

struct sample {
    int64_t wall_us;
    const char *track;
    const char *name; /* with its unit: "lag_bytes", "copied_bytes", "rtt_us" */
    int64_t value;
};

/* In a transaction of its own. */
int sample_put(struct lease *lease, const char *migration, const struct sample *samples, size_t len,
               struct err *err) MUST_CHECK;
/* Of one series, oldest first, at most limit of the newest. */
int sample_read(struct store *store, const char *migration, const char *track, const char *name,
                int64_t limit, struct arena *arena, struct sample **out, size_t *out_len,
                struct err *err) MUST_CHECK;

#endif
