/*
 * The choice of a compression, from figures.
 */
#include "steps/port/engine/postgresql_pack.h"

#include "tests/unit/unit.h"

enum { MB = 1000 * 1000 };

static const struct {
    struct postgresql_pack_facts facts;
    const char *choice;
} cases[] = {
    /* path, cores, source zstd lz4, target zstd lz4 */
    {{0, 0, true, true, true, true}, "server-zstd:level=1"},
    {{90 * MB, 2, true, true, true, true}, "server-zstd:level=1"},
    {{23 * MB, 1, true, true, true, true}, "server-zstd:level=1"},
    {{90 * MB, 1, true, true, true, true}, "server-lz4"},
    {{500 * MB, 8, true, true, true, true}, "server-lz4"},
    {{1200LL * MB, 8, true, true, true, true}, "none"},
    {{90 * MB, 8, true, true, false, true}, "server-lz4"},
    {{90 * MB, 8, false, true, true, true}, "server-lz4"},
    {{0, 8, true, false, true, true}, "server-zstd:level=1"},
    {{23 * MB, 8, false, false, true, true}, "server-gzip:level=1"},
    {{90 * MB, 8, true, true, false, false}, "none"},
    {{0, 8, false, false, false, false}, "none"},
};

START_TEST(compression_follows_path_cores_and_what_both_sides_can)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_msg(strcmp(postgresql_pack_choose(&cases[i].facts), cases[i].choice) == 0,
                      "case %zu: %s, not %s", i, postgresql_pack_choose(&cases[i].facts),
                      cases[i].choice);
}
END_TEST

UNIT_MAIN("engine_pack", compression_follows_path_cores_and_what_both_sides_can)
