/*
 * Edits of a server's own files: what pg_hba.conf answers, and our block in somebody else's file,
 * which is put in and taken out without a trace. The first line is the database, the second the
 * address.
 */
#include <stdlib.h>
#include <string.h>

#include "steps/port/engine/postgresql_block.h"
#include "steps/port/engine/postgresql_hba.h"
#include "tests/fuzz/fuzz.h"

static void try_block(const char *text, size_t len, enum postgresql_block_place place)
{
    static const char lines[] = "host all ece_orders 10.30.0.10/32 scram-sha-256\n";
    const struct postgresql_block block = {"# BEGIN ece-migrate orders", "# END ece-migrate orders",
                                           place};
    struct str bare CLEANUP(str_free) = STR_INIT;
    struct str with CLEANUP(str_free) = STR_INIT;
    struct str twice CLEANUP(str_free) = STR_INIT;
    struct str back CLEANUP(str_free) = STR_INIT;
    struct err err = ERR_INIT;
    if (postgresql_block_cut(&block, text, len, &bare, &err) < 0)
        return; /* a begin without its end: not ours to judge */
    if (bare.len == len)
        fuzz_must(memcmp(str_text(&bare), text, len) == 0, "a file without a block stays");
    fuzz_must(postgresql_block_put(&block, text, len, lines, &with, &err) == 0,
              "where it can be cut it can be put");
    fuzz_must(postgresql_block_put(&block, str_text(&with), with.len, lines, &twice, &err) == 0,
              "a block can be put again");
    fuzz_must(with.len == twice.len && memcmp(with.text, twice.text, with.len) == 0,
              "a block that is put twice stands once");
    fuzz_must(postgresql_block_cut(&block, str_text(&with), with.len, &back, &err) == 0 &&
                  back.len == bare.len && memcmp(str_text(&back), str_text(&bare), back.len) == 0,
              "what was put is taken out without a trace");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    const char *database = fuzz_line(&input, arena), *address = fuzz_line(&input, arena);
    size_t len;
    char *text = fuzz_rest(&input, &len);
    (void)postgresql_hba_ask(text, database, address);
    try_block(text, len, POSTGRESQL_BLOCK_TOP);
    try_block(text, len, POSTGRESQL_BLOCK_BOTTOM);
    free(text);
    return 0;
}
