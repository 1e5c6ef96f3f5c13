/*
 * What database hosts say about their servers: the answers of find.sh and look.sh, and all that a
 * preflight concludes from such lines. The judge gets the text as facts of the server, of the
 * source's host and of the target's host at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/port/engine/postgresql_host.h"
#include "steps/port/engine/postgresql_judge.h"
#include "tests/fuzz/fuzz.h"

static void try_host(const char *text, struct arena *arena)
{
    struct postgresql_place place;
    struct postgresql_host host;
    postgresql_host_read_place(text, arena, &place);
    postgresql_host_read(text, arena, &host);
    fuzz_must(place.data_directory && host.marker && host.fence && host.hba && host.settings,
              "texts are there, if empty");
    (void)postgresql_host_server(&host);
    (void)postgresql_host_promoted(&host);
    bool broken = postgresql_host_copy(&host) == ENGINE_COPY_BROKEN;
    fuzz_must(broken == (postgresql_host_copy_error(&host, arena)[0] != '\0'),
              "a broken copy, and no other, says why");
}

static void try_judge(const char *text, struct arena *arena)
{
    static const char *const groups[] = {"source", "source_host", "target_host", "database"};
    struct postgresql_facts facts = {.arena = arena};
    struct findings findings;
    const struct postgresql_judge judge = {
        .facts = &facts,
        .out = &findings,
        .service = "orders",
        .source = "sdb",
        .target = "tdb",
        .role = "ece_orders",
        .target_user = "postgres",
        .target_address = "10.20.0.10",
        .proxy_address = "10.30.0.10",
        .database = "orders",
        .target_port = 5432,
        .max_held_wal_bytes = 1 << 30,
    };
    findings_init(&findings, arena);
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        postgresql_facts_add_lines(&facts, groups[i], text);
    for (size_t i = 0; i < facts.len; i++)
        fuzz_must(facts.fact[i].value[0] != '\0', "a fact has a value");
    postgresql_judge_all(&judge);
    fuzz_must(findings.len > 0, "a preflight says something");
    for (size_t i = 0; i < findings.len; i++)
        fuzz_must(findings.item[i].level == FINDING_PASS || findings.item[i].remedy[0] != '\0',
                  "what is wrong has a remedy");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    char *text = fuzz_rest(&input, NULL);
    try_host(text, arena);
    try_judge(text, arena);
    free(text);
    return 0;
}
