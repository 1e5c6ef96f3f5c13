/*
 * Findings about the source's server; see postgresql_judge.h.
 */
#include "steps/port/engine/postgresql_judge.h"

#include <inttypes.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

enum { SENDERS_WANTED = 3 /* the backup, its log, and room to connect again */ };

#define GET(name)    postgresql_facts_get(judge->facts, name)
#define NUMBER(name) postgresql_facts_number(judge->facts, name)
#define IS(name, v)  postgresql_facts_is(judge->facts, name, v)

static void source_primary(const struct postgresql_judge *judge)
{
    if (IS("source.standby", "false"))
        findings_add(judge->out, FINDING_PASS, "primary", judge->source, "",
                     "the source is a primary");
    else
        findings_add(
            judge->out, FINDING_BLOCK, "primary", judge->source,
            "name the primary as the source in the migration file",
            "the source is a standby itself: it cannot be fenced, and what it has is late");
}

static void source_rights(const struct postgresql_judge *judge)
{
    if (IS("source.superuser", "true"))
        findings_add(judge->out, FINDING_PASS, "rights", judge->source, "", "'%s' is a superuser",
                     GET("source.user"));
    else
        findings_add(
            judge->out, FINDING_BLOCK, "rights", judge->source,
            arena_printf(judge->out->arena, "ALTER ROLE \"%s\" SUPERUSER", GET("source.user")),
            "'%s' is no superuser: it cannot make a replication role or write the fence",
            GET("source.user"));
    if (IS("source.target_user", "true"))
        findings_add(judge->out, FINDING_PASS, "target_user", judge->target, "",
                     "'%s' will be a superuser there, as it is on the source", judge->target_user);
    else
        findings_add(judge->out, FINDING_BLOCK, "target_user", judge->target,
                     "name the source's admin user for the target too",
                     "'%s' is no superuser of the source, whose users the target will have",
                     judge->target_user);
}

static void source_tls(const struct postgresql_judge *judge)
{
    if (IS("source.ssl", "on"))
        findings_add(judge->out, FINDING_PASS, "tls", judge->source, "", "TLS is on");
    else
        findings_add(judge->out, FINDING_BLOCK, "tls", judge->source,
                     "ALTER SYSTEM SET ssl = on, with ssl_cert_file and ssl_key_file in place; "
                     "SELECT pg_reload_conf()",
                     "TLS is off, and the replication link requires it");
}

static void source_wal_level(const struct postgresql_judge *judge)
{
    if (!IS("source.wal_level", "minimal"))
        findings_add(judge->out, FINDING_PASS, "wal_level", judge->source, "", "wal_level is %s",
                     GET("source.wal_level"));
    else
        findings_add(judge->out, FINDING_BLOCK, "wal_level", judge->source,
                     "ALTER SYSTEM SET wal_level = replica; restart the server",
                     "wal_level is minimal: nothing can follow");
}

static void source_senders(const struct postgresql_judge *judge)
{
    int64_t most = NUMBER("source.max_wal_senders"), used = NUMBER("source.senders");
    bool enough = most - used >= SENDERS_WANTED;
    findings_add(
        judge->out, enough ? FINDING_PASS : FINDING_BLOCK, "max_wal_senders", judge->source,
        enough ? ""
               : arena_printf(judge->out->arena,
                              "ALTER SYSTEM SET max_wal_senders = %" PRId64 "; restart the server",
                              used + SENDERS_WANTED),
        "%" PRId64 " of %" PRId64 " senders are in use, and the move needs %d", used, most,
        SENDERS_WANTED);
}

static void source_slots(const struct postgresql_judge *judge)
{
    int64_t most = NUMBER("source.max_replication_slots"), used = NUMBER("source.slots");
    findings_add(judge->out, most > used ? FINDING_PASS : FINDING_BLOCK, "max_replication_slots",
                 judge->source,
                 most > used ? ""
                             : arena_printf(judge->out->arena,
                                            "ALTER SYSTEM SET max_replication_slots = %" PRId64
                                            "; restart the server",
                                            used + 1),
                 "%" PRId64 " of %" PRId64 " slots are in use, and the move needs 1", used, most);
}

static void source_slot_keep(const struct postgresql_judge *judge)
{
    char keep_text[STR_HUMAN], held_text[STR_HUMAN];
    int64_t keep_mb = NUMBER("source.max_slot_wal_keep_size");
    int64_t enough_mb = judge->max_held_wal_bytes / (1024 * 1024) + 1;
    int64_t keep = keep_mb > enough_mb ? judge->max_held_wal_bytes : keep_mb * 1024 * 1024;
    if (keep_mb < 0 || keep >= judge->max_held_wal_bytes) {
        findings_add(judge->out, FINDING_PASS, "max_slot_wal_keep_size", judge->source, "",
                     "the server keeps what the slot needs");
        return;
    }
    findings_add(judge->out, FINDING_WARN, "max_slot_wal_keep_size", judge->source,
                 "ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_reload_conf()",
                 "the server keeps %s for a slot, less than the %s that the migration file allows: "
                 "a long outage would make the copy begin again",
                 str_bytes(keep_text, (uint64_t)keep),
                 str_bytes(held_text, (uint64_t)judge->max_held_wal_bytes));
}

static void source_durable(const struct postgresql_judge *judge)
{
    static const char *const settings[] = {"fsync", "full_page_writes", "data_checksums"};
    static const char *const why[] = {
        "a crash of the source can lose what the target has",
        "a crash of the source can tear pages",
        "damage on the source's disk would be copied unnoticed",
    };
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        bool on = postgresql_facts_is(
            judge->facts, arena_printf(judge->out->arena, "source.%s", settings[i]), "on");
        findings_add(judge->out, on ? FINDING_PASS : FINDING_WARN, settings[i], judge->source,
                     on      ? ""
                     : i < 2 ? arena_printf(judge->out->arena,
                                            "ALTER SYSTEM SET %s = on; SELECT pg_reload_conf()",
                                            settings[i])
                             : "pg_checksums --enable, which needs the server to be down",
                     on ? "%s is on" : "%s is off: %s", settings[i], why[i]);
    }
}

/* pg_rewind, Prerequisites. Without them the old source could not be brought back into step. */
static void source_rewindable(const struct postgresql_judge *judge)
{
    bool hints = IS("source.data_checksums", "on") || IS("source.wal_log_hints", "on");
    bool pages = IS("source.full_page_writes", "on");
    if (!judge->windowed)
        return;
    findings_add(judge->out, hints ? FINDING_PASS : FINDING_BLOCK, "rollback_window", judge->source,
                 hints ? ""
                       : "ALTER SYSTEM SET wal_log_hints = on; restart the server; or leave "
                         "'rollback' out of the service",
                 hints ? "the source can be rewound after the cutover"
                       : "data checksums and wal_log_hints are both off: the source could not be "
                         "rewound after the cutover, and a rollback window needs that");
    if (!pages)
        findings_add(judge->out, FINDING_BLOCK, "rollback_window", judge->source,
                     "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf()",
                     "full_page_writes is off: the source could not be rewound after the cutover");
    if (NUMBER("source.version") < 130000)
        findings_add(judge->out, FINDING_BLOCK, "rollback_window", judge->source,
                     "leave 'rollback' out of the service",
                     "a rollback window needs PostgreSQL 13 or later");
    if (GET("source.slot_names")[0])
        findings_add(judge->out, FINDING_WARN, "rollback_window", judge->source,
                     "make them anew after a rollback",
                     "the slots of others do not outlive the rewind at the window's beginning: %s",
                     GET("source.slot_names"));
}

static void source_names(const struct postgresql_judge *judge)
{
    bool role = IS("source.role", "foreign");
    bool slot =
        IS("source.slot", "foreign") || (GET("source.slot")[0] && !IS("source.role", "ours"));
    bool schema = GET("source.schema")[0] && !IS("source.role", "ours");
    if (!role && !slot && !schema) {
        findings_add(judge->out, FINDING_PASS, "names", judge->source, "",
                     "role, slot and schema '%s' are free or ours", judge->role);
        return;
    }
    findings_add(judge->out, FINDING_BLOCK, "names", judge->source,
                 "give the migration another id, or remove what is there",
                 "a %s '%s' exists and is not ours",
                 role   ? "role"
                 : slot ? "slot"
                        : "schema",
                 judge->role);
}

static void source_hba(const struct postgresql_judge *judge)
{
    const char *complaint = GET("source.hba_error");
    if (complaint[0])
        findings_add(judge->out, FINDING_BLOCK, "pg_hba", judge->source,
                     "correct the line; SELECT * FROM pg_hba_file_rules shows all",
                     "pg_hba.conf has an error, so the server would not read it again: %s",
                     complaint);
    else
        findings_add(judge->out, FINDING_PASS, "pg_hba", judge->source, "",
                     "pg_hba.conf has no errors");
}

void postgresql_judge_source(const struct postgresql_judge *judge)
{
    source_primary(judge);
    source_rights(judge);
    source_tls(judge);
    source_wal_level(judge);
    source_senders(judge);
    source_slots(judge);
    source_slot_keep(judge);
    source_durable(judge);
    source_rewindable(judge);
    source_names(judge);
    source_hba(judge);
}

void postgresql_judge_all(const struct postgresql_judge *judge)
{
    postgresql_judge_source(judge);
    postgresql_judge_habits(judge);
    postgresql_judge_pair(judge);
    postgresql_judge_target(judge);
}
