/*
 * The choice of a compression; see postgresql_pack.h. The limits come from what one core
 * compresses: zstd at level 1 about 350 MB/s, lz4 about 600 MB/s, gzip at level 1 about 60 MB/s;
 * and from a copy through a tunnel, where zstd at level 1 took half the time of none at 90 MB/s and
 * a quarter at 23 MB/s (docs/performance.md).
 */
#include "steps/port/engine/postgresql_pack.h"

enum { MB = 1000 * 1000 };

const char *postgresql_pack_choose(const struct postgresql_pack_facts *facts)
{
    bool zstd = facts->source_zstd && facts->target_zstd;
    bool lz4 = facts->source_lz4 && facts->target_lz4;
    int64_t path = facts->path_bytes_per_s;
    bool known = path > 0;

    /* Faster than any compressor: it would only be in the way. */
    if (known && path > (int64_t)600 * MB)
        return "none";
    /* One core has the clients to serve as well: on a fast path it shall not spend much. */
    bool short_of_cores = facts->source_cores == 1 && known && path > (int64_t)60 * MB;
    if (zstd && !short_of_cores && (!known || path <= (int64_t)350 * MB))
        return "server-zstd:level=1";
    if (lz4)
        return "server-lz4";
    if (zstd && !known)
        return "server-zstd:level=1";
    if (known && path <= (int64_t)25 * MB)
        return "server-gzip:level=1";
    return "none";
}
