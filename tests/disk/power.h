/*
 * What a power cut leaves: a trace is replayed up to a point, and what was not synced by then is
 * lost, kept or torn. A file's bytes are safe after a sync of the file, a name is safe after a sync
 * of its directory, and nothing else is promised (fsync(2)).
 */
#ifndef TESTS_DISK_POWER_H
#define TESTS_DISK_POWER_H

#include "tests/disk/disk.h"

enum power_model {
    POWER_SYNCED_ONLY, /* whatever was not synced is gone */
    POWER_TORN,        /* a random part of it is kept: sectors, sizes and names, each for itself */
    POWER_NAMES_KEPT,  /* names and sizes are kept, bytes are lost: a journal of metadata only */
    POWER_BYTES_KEPT,  /* bytes written over old ones are kept, names and sizes are lost */
    POWER_MODELS
};
const char *power_model_name(enum power_model model);

struct power;
struct power *power_begin(const struct disk_trace *trace);
/* Takes the next operation of the trace; NULL after the last. */
const struct disk_op *power_step(struct power *power);
void power_end(struct power *power);

/* Writes what a cut at this point leaves: what was below `from` in the trace is made below `to`,
 * which is emptied first. seed decides where the model leaves it open. */
void power_cut(struct power *power, enum power_model model, uint64_t seed, const char *from,
               const char *to);

#endif
