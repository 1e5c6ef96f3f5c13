/*
 * Findings about source and target together: versions, settings, libraries, collations, clocks,
 * room; see postgresql_judge.h.
 */
#include "steps/port/engine/postgresql_judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"
#include "steps/port/engine/postgresql_settings.h"

#define GET(name)    postgresql_facts_get(judge->facts, name)
#define NUMBER(name) postgresql_facts_number(judge->facts, name)

/* "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)" as the server counts: 150020; 0 when it is
 * no version. */
static int64_t version_of(const char *text)
{
    const char *at = strstr(text, "(PostgreSQL) ");
    if (!at)
        return 0;
    int major = 0, minor = 0;
    int found = sscanf(at, "(PostgreSQL) %4d.%4d", &major, &minor);
    return found >= 1 && major > 0 && minor >= 0 ? major * INT64_C(10000) + minor : 0;
}

static void pair_version(const struct postgresql_judge *judge)
{
    int64_t source = NUMBER("source.version"), target = version_of(GET("target_host.version"));
    int64_t copier = version_of(GET("target_host.basebackup"));
    if (target == 0 || source / 10000 != target / 10000 || copier / 10000 != target / 10000)
        findings_add(judge->out, FINDING_BLOCK, "version", judge->target,
                     arena_printf(judge->out->arena,
                                  "install PostgreSQL %" PRId64 " (server and client) on '%s'",
                                  source / 10000, judge->target),
                     "the source runs %" PRId64 ", the target has '%s' and '%s': only the same "
                     "major version can follow",
                     source / 10000, GET("target_host.version"), GET("target_host.basebackup"));
    else if (target < source)
        findings_add(judge->out, FINDING_WARN, "version", judge->target,
                     "bring the target to the source's minor version",
                     "the source runs %" PRId64 ".%" PRId64 ", the target only .%" PRId64,
                     source / 10000, source % 10000, target % 10000);
    else
        findings_add(judge->out, FINDING_PASS, "version", judge->target, "",
                     "both sides have PostgreSQL %" PRId64, source / 10000);
}

static void pair_settings(const struct postgresql_judge *judge)
{
    struct arena *arena = judge->out->arena;
    bool all = true;
    for (const char *const *name = postgresql_settings_floors; *name; name++) {
        int64_t source = NUMBER(arena_printf(arena, "source.%s", *name));
        int64_t target = NUMBER(arena_printf(arena, "target_host.%s", *name));
        if (target < 0 || target >= source)
            continue;
        all = false;
        findings_add(judge->out, FINDING_WARN, *name, judge->target,
                     arena_printf(arena, "set %s = %" PRId64 " in the target's postgresql.conf",
                                  *name, source),
                     "%s is %" PRId64 " on the source and %" PRId64 " on the target: it is raised "
                     "while the target follows, and falls back at its next restart",
                     *name, source, target);
    }
    if (all)
        findings_add(judge->out, FINDING_PASS, "settings", judge->target, "",
                     "no limit of the target is below the source's");
}

/* Bytes the target's file system must have: the databases and a tenth, and the log of two
 * checkpoints. */
static void pair_room(const struct postgresql_judge *judge)
{
    char need_text[STR_HUMAN], free_text[STR_HUMAN], held_text[STR_HUMAN];
    int64_t size = NUMBER("source.size"), wal = NUMBER("source.max_wal_size");
    int64_t need = size + size / 10 + 2 * (wal > 0 ? wal : 0);
    int64_t room = NUMBER("target_host.free"), left = NUMBER("source_host.free");
    bool copied = strcmp(GET("target_host.copy"), "ours") == 0;
    findings_add(judge->out, room >= need || copied ? FINDING_PASS : FINDING_BLOCK, "target_disk",
                 judge->target,
                 room >= need || copied ? "" : "give the data directory a larger disk",
                 "the copy needs %s, and %s are free", str_bytes(need_text, (uint64_t)need),
                 str_bytes(free_text, (uint64_t)room));
    bool enough = left >= judge->max_held_wal_bytes;
    findings_add(judge->out, enough ? FINDING_PASS : FINDING_WARN, "source_disk", judge->source,
                 enough ? "" : "lower limits.max_held_wal_bytes, or give the source a larger disk",
                 "the slot may hold back %s, and %s are free",
                 str_bytes(held_text, (uint64_t)judge->max_held_wal_bytes),
                 str_bytes(free_text, (uint64_t)left));
}

/* An index over text is sorted by the library that made it; another version may sort otherwise, and
 * then it does not find what is there. */
static void pair_collation(const struct postgresql_judge *judge, const char *check,
                           const char *used, const char *library)
{
    struct arena *arena = judge->out->arena;
    const char *a = GET(arena_printf(arena, "source_host.%s", library));
    const char *b = GET(arena_printf(arena, "target_host.%s", library));
    bool same = strcmp(a, b) == 0;
    if (same || !used[0])
        findings_add(judge->out, FINDING_PASS, check, judge->target, "",
                     same ? "both sides sort with '%s'" : "nothing is sorted by '%s'", a);
    else
        findings_add(
            judge->out, FINDING_BLOCK, check, judge->target,
            "use a target with the same system release, or plan REINDEX DATABASE right "
            "after the cutover and a move by logical replication instead",
            "the source sorts with '%s', the target with '%s', and indexes depend on it: %s", a, b,
            used);
}

static void pair_libraries(const struct postgresql_judge *judge)
{
    const char *missing = postgresql_facts_all(judge->facts, "target_host.missing_library", ", ");
    const char *preload = GET("source.preload");
    if (missing[0])
        findings_add(judge->out, FINDING_BLOCK, "libraries", judge->target,
                     "install the packages of these extensions on the target",
                     "functions of the source need libraries that the target lacks: %s", missing);
    else
        findings_add(judge->out, FINDING_PASS, "libraries", judge->target, "",
                     "every library that functions need is there");
    if (preload[0] && strcmp(preload, GET("target_host.shared_preload_libraries")) != 0)
        findings_add(
            judge->out, FINDING_WARN, "preload", judge->target,
            arena_printf(judge->out->arena, "set shared_preload_libraries = '%s'", preload),
            "the source preloads '%s', the target '%s'", preload,
            GET("target_host.shared_preload_libraries"));
}

/* Each host's clock against ours, at the middle of the probe that read it. */
static void pair_clock(const struct postgresql_judge *judge)
{
    int64_t offset_ms =
        (NUMBER("target_host.clock_offset_us") - NUMBER("source_host.clock_offset_us")) / 1000;
    bool near = llabs((long long)offset_ms) < 1000;
    findings_add(judge->out, near ? FINDING_PASS : FINDING_WARN, "clock", judge->target,
                 near ? "" : "let both hosts follow a time server",
                 "the target's clock is %lld ms %s the source's", llabs((long long)offset_ms),
                 offset_ms < 0 ? "behind" : "ahead of");
}

void postgresql_judge_pair(const struct postgresql_judge *judge)
{
    const char *icu_databases = GET("source.icu_collation");
    pair_version(judge);
    pair_settings(judge);
    pair_room(judge);
    pair_collation(judge, "libc_collation", GET("source.libc_collation"), "libc");
    pair_collation(judge, "icu_collation",
                   icu_databases[0]
                       ? icu_databases
                       : postgresql_facts_all(judge->facts, "database.icu_object", ", "),
                   "icu");
    pair_libraries(judge);
    pair_clock(judge);
}
