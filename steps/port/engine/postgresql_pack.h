/*
 * Which compression a base backup should use on its way through the tunnel. Pure: figures in, one
 * choice out. The source compresses (pg_basebackup's server-side compression), so that each byte
 * that is saved is neither encrypted nor sent.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_PACK_H
#define STEPS_PORT_ENGINE_POSTGRESQL_PACK_H

#include <stdbool.h>
#include <stdint.h>

struct postgresql_pack_facts {
    int64_t path_bytes_per_s;     /* what the tunnel was measured to carry; 0 or less: unknown */
    int64_t source_cores;         /* 0 or less: unknown */
    bool source_zstd, source_lz4; /* the server can compress with it */
    bool target_zstd, target_lz4; /* the target's pg_basebackup can take it apart */
};

/* The value for --compress, static: "server-zstd:level=1", "server-lz4", "server-gzip:level=1",
 * "none". */
const char *postgresql_pack_choose(const struct postgresql_pack_facts *facts);

#endif
