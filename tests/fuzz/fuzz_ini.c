/*
 * PgBouncer's configuration: read, and pointed somewhere else. Whatever was pointed reads as what
 * it was pointed at, and no other line is changed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/port/traffic/pgbouncer_ini.h"
#include "tests/fuzz/fuzz.h"

static void same_but_one(const struct pgbouncer_ini *before, const struct pgbouncer_ini *after,
                         size_t changed)
{
    fuzz_must(before->len == after->len, "a switch leaves the number of lines");
    for (size_t i = 0; i < before->len; i++)
        fuzz_must(i == changed || (before->line[i].kind == after->line[i].kind &&
                                   str_equal(before->line[i].key, after->line[i].key) &&
                                   str_equal(before->line[i].value, after->line[i].value)),
                  "a switch leaves the other lines");
}

static void point(const char *text, size_t len, const struct pgbouncer_ini *ini, size_t i,
                  struct arena *arena)
{
    struct err err = ERR_INIT;
    struct pgbouncer_ini again;
    const char *out;
    size_t out_len;
    if (pgbouncer_ini_point(text, len, &ini->line[i], "10.20.0.10", 6543, arena, &out, &out_len,
                            &err) < 0)
        return;
    fuzz_must(pgbouncer_ini_read(out, out_len, arena, &again, &err) == 0,
              "what was pointed can be read");
    same_but_one(ini, &again, i);
    const char *host = pgbouncer_ini_pair(again.line[i].value, "host", arena);
    const char *port = pgbouncer_ini_pair(again.line[i].value, "port", arena);
    fuzz_must(str_equal(host, "10.20.0.10") && str_equal(port, "6543"),
              "an entry that was pointed leads there");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"host", "port", "dbname", "pool_mode"};
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    struct pgbouncer_ini ini;
    struct err err = ERR_INIT;
    size_t len;
    char *text = fuzz_rest(&input, &len);
    if (pgbouncer_ini_read(text, len, arena, &ini, &err) == 0)
        for (size_t i = 0; i < ini.len; i++) {
            if (ini.line[i].kind != PGBOUNCER_INI_SETTING)
                continue;
            for (size_t k = 0; k < ARRAY_LEN(keys); k++)
                (void)pgbouncer_ini_pair(ini.line[i].value, keys[k], arena);
            point(text, len, &ini, i, arena);
        }
    free(text);
    return 0;
}
