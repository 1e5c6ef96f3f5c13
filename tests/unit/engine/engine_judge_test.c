/*
 * Findings from facts: a sound pair passes, and each fault is found by its name, alone.
 */
#include "steps/port/engine/postgresql_judge.h"

#include "tests/unit/unit.h"

/* Two hosts and a server with which nothing is wrong. */
static const char *const sound[][2] = {
    {"source.version", "150020"},
    {"source.standby", "false"},
    {"source.superuser", "true"},
    {"source.user", "admin"},
    {"source.target_user", "true"},
    {"source.ssl", "on"},
    {"source.wal_level", "replica"},
    {"source.max_wal_senders", "10"},
    {"source.senders", "0"},
    {"source.max_replication_slots", "10"},
    {"source.slots", "0"},
    {"source.max_slot_wal_keep_size", "-1"},
    {"source.fsync", "on"},
    {"source.full_page_writes", "on"},
    {"source.data_checksums", "on"},
    {"source.archive_mode", "off"},
    {"source.max_connections", "300"},
    {"source.size", "1000000"},
    {"source.max_wal_size", "1000000"},
    {"source_host.free", "20000000000"},
    {"source_host.libc", "glibc 2.36"},
    {"source_host.icu", "libicui18n.so.72"},
    {"source_host.uid", "0"},
    {"source_host.run_tmpfs", "1"},
    {"source_host.clock_offset_us", "1000"},
    {"target_host.version", "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"},
    {"target_host.basebackup", "pg_basebackup (PostgreSQL) 15.20"},
    {"target_host.max_connections", "300"},
    {"target_host.free", "20000000000"},
    {"target_host.libc", "glibc 2.36"},
    {"target_host.icu", "libicui18n.so.72"},
    {"target_host.uid", "0"},
    {"target_host.run_tmpfs", "1"},
    {"target_host.clock_offset_us", "2000"},
    {"target_host.copy", "none"},
    {"target_host.data_directory", "/data"},
    {"target_host.data_mode", "700 postgres"},
    {"target_host.owner", "1"},
    {"target_host.owner_name", "postgres"},
    {"target_host.config_file", "/etc/postgresql.conf"},
    {"target_host.port", "5432"},
    {"target_host.listen_addresses", "*"},
    {"target_host.ssl", "on"},
    {"target_host.certificate", "1"},
    {"target_host.hba", "host all all 10.30.0.10/32 scram-sha-256"},
};

/* One fact otherwise, and what is found then. */
static const struct {
    const char *name, *value;
    enum finding_level level;
    const char *check;
} faults[] = {
    {"source.standby", "true", FINDING_BLOCK, "primary"},
    {"source.superuser", "false", FINDING_BLOCK, "rights"},
    {"source.target_user", "", FINDING_BLOCK, "target_user"},
    {"source.ssl", "off", FINDING_BLOCK, "tls"},
    {"source.wal_level", "minimal", FINDING_BLOCK, "wal_level"},
    {"source.senders", "8", FINDING_BLOCK, "max_wal_senders"},
    {"source.slots", "10", FINDING_BLOCK, "max_replication_slots"},
    {"source.max_slot_wal_keep_size", "64", FINDING_WARN, "max_slot_wal_keep_size"},
    {"source.fsync", "off", FINDING_WARN, "fsync"},
    {"source.full_page_writes", "off", FINDING_WARN, "full_page_writes"},
    {"source.data_checksums", "off", FINDING_WARN, "data_checksums"},
    {"source.role", "foreign", FINDING_BLOCK, "names"},
    {"source.slot", "there", FINDING_BLOCK, "names"},
    {"source.slot", "foreign", FINDING_BLOCK, "names"},
    {"source.schema", "there", FINDING_BLOCK, "names"},
    {"source.hba_error", "line 3: bad", FINDING_BLOCK, "pg_hba"},
    {"source.tablespaces", "fast (/ssd)", FINDING_BLOCK, "tablespaces"},
    {"database.unlogged", "cache in 'shop'", FINDING_WARN, "unlogged"},
    {"source.prepared", "'x' of a in b", FINDING_WARN, "prepared"},
    {"source.long", "pid 7", FINDING_WARN, "long_transactions"},
    {"source.subscriptions", "sub", FINDING_BLOCK, "subscriptions"},
    {"database.publications", "pub", FINDING_WARN, "publications"},
    {"source.standbys", "replica1", FINDING_WARN, "standbys"},
    {"source.slot_names", "other", FINDING_WARN, "slots"},
    {"source.stale_collation", "shop", FINDING_WARN, "collation"},
    {"source.archive_mode", "on", FINDING_WARN, "archive_mode"},
    {"source.version", "140009", FINDING_BLOCK, "version"},
    {"source.version", "150021", FINDING_WARN, "version"},
    {"target_host.version", "", FINDING_BLOCK, "version"},
    {"target_host.basebackup", "pg_basebackup (PostgreSQL) 14.1", FINDING_BLOCK, "version"},
    {"target_host.max_connections", "100", FINDING_WARN, "max_connections"},
    {"target_host.free", "2000000", FINDING_BLOCK, "target_disk"},
    {"source_host.free", "2000000", FINDING_WARN, "source_disk"},
    {"target_host.missing_library", "$libdir/postgis-3", FINDING_BLOCK, "libraries"},
    {"target_host.clock_offset_us", "1500000", FINDING_WARN, "clock"},
    {"source_host.missing", "setsid", FINDING_BLOCK, "tools"},
    {"target_host.uid", "1000", FINDING_BLOCK, "tools"},
    {"target_host.run_tmpfs", "", FINDING_WARN, "tools"},
    {"target_host.copy", "foreign", FINDING_BLOCK, "data_directory"},
    {"target_host.running", "yes", FINDING_BLOCK, "target_server"},
    {"target_host.owner", "", FINDING_BLOCK, "data_owner"},
    {"target_host.data_mode", "700 root", FINDING_BLOCK, "data_owner"},
    {"target_host.data_mode", "", FINDING_BLOCK, "data_owner"},
    {"target_host.config_file", "", FINDING_BLOCK, "configuration"},
    {"target_host.port", "5433", FINDING_BLOCK, "configuration"},
    {"target_host.listen_addresses", "localhost", FINDING_BLOCK, "configuration"},
    {"target_host.ssl", "off", FINDING_BLOCK, "configuration"},
    {"target_host.certificate", "", FINDING_BLOCK, "configuration"},
    {"target_host.hba", "", FINDING_BLOCK, "clients"},
    {"target_host.hba", "host all shop all md5", FINDING_WARN, "clients"},
};

static void add(struct postgresql_facts *facts, const char *name, const char *value)
{
    const char *dot = strchr(name, '.');
    postgresql_facts_add(facts, arena_strndup(facts->arena, name, (size_t)(dot - name)), dot + 1,
                         value);
}

/* The sound facts, with up to two of them otherwise. */
static void judge_window(struct arena *arena, const char *const (*other)[2], size_t others,
                         bool windowed, struct findings *out)
{
    struct postgresql_facts facts = {.arena = arena};
    for (size_t i = 0; i < others; i++)
        add(&facts, other[i][0], other[i][1]);
    for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
        bool taken = false;
        for (size_t j = 0; j < others; j++)
            taken = taken || strcmp(sound[i][0], other[j][0]) == 0;
        if (!taken)
            add(&facts, sound[i][0], sound[i][1]);
    }
    findings_init(out, arena);
    const struct postgresql_judge judge = {.facts = &facts,
                                           .out = out,
                                           .service = "orders",
                                           .source = "sdb",
                                           .target = "tdb",
                                           .role = "ece_x",
                                           .target_user = "admin",
                                           .target_address = "10.20.0.10",
                                           .proxy_address = "10.30.0.10",
                                           .database = "orders",
                                           .target_port = 5432,
                                           .max_held_wal_bytes = 10LL << 30,
                                           .windowed = windowed};
    postgresql_judge_all(&judge);
}

static void judge_with(struct arena *arena, const char *const (*other)[2], size_t others,
                       struct findings *out)
{
    judge_window(arena, other, others, false, out);
}

/* The only finding that is no pass; none fails the test. */
static const struct finding *only_one(const struct findings *findings, const char *why)
{
    const struct finding *one = NULL;
    for (size_t i = 0; i < findings->len; i++) {
        if (findings->item[i].level == FINDING_PASS)
            continue;
        ck_assert_msg(!one, "%s: '%s' beside '%s'", why, findings->item[i].check,
                      one ? one->check : "");
        one = &findings->item[i];
    }
    ck_assert_msg(one != NULL, "%s: nothing is found", why);
    return one;
}

START_TEST(a_sound_pair_has_nothing_to_complain_about)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct findings findings;
    judge_with(arena, NULL, 0, &findings);
    for (size_t i = 0; i < findings.len; i++)
        ck_assert_msg(findings.item[i].level == FINDING_PASS, "%s: %s", findings.item[i].check,
                      findings.item[i].text);
    ck_assert_uint_ge(findings.len, 25);
}
END_TEST

START_TEST(each_fault_is_found_by_its_name_and_has_a_remedy)
{
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        CLEANUP(arena_cleanup) struct arena *arena = arena_new();
        const char *const other[][2] = {{faults[i].name, faults[i].value}};
        struct findings findings;
        judge_with(arena, other, 1, &findings);
        const struct finding *one = only_one(&findings, faults[i].name);
        ck_assert_str_eq(one->check, faults[i].check);
        ck_assert_msg(one->level == faults[i].level, "%s = '%s'", faults[i].name, faults[i].value);
        ck_assert_msg(one->remedy[0] != '\0', "%s: no remedy", faults[i].name);
    }
}
END_TEST

START_TEST(another_libc_matters_only_when_something_is_sorted_by_it)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *const other[][2] = {{"target_host.libc", "glibc 2.38"},
                                    {"source.libc_collation", "shop (de_DE.UTF-8)"}};
    struct findings findings;
    judge_with(arena, other, 2, &findings);
    ck_assert_str_eq(only_one(&findings, "libc")->check, "libc_collation");
    judge_with(arena, other, 1, &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 0);
}
END_TEST

START_TEST(what_is_ours_already_is_in_nobodys_way)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *const other[][2] = {
        {"source.role", "ours"},      {"source.slot", "there"},       {"source.schema", "there"},
        {"target_host.copy", "ours"}, {"target_host.running", "yes"}, {"target_host.free", "1"},
    };
    struct findings findings;
    judge_with(arena, other, ARRAY_LEN(other), &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 0);
}
END_TEST

START_TEST(a_window_needs_a_source_that_can_be_rewound)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *const plain[][2] = {{"source.data_checksums", "off"}};
    const char *const hints[][2] = {{"source.data_checksums", "off"},
                                    {"source.wal_log_hints", "on"}};
    const char *const torn[][2] = {{"source.full_page_writes", "off"}};
    const char *const old[][2] = {{"source.version", "120001"}};
    struct findings findings;
    judge_window(arena, NULL, 0, true, &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 0);
    judge_window(arena, hints, 2, true, &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 0);
    judge_window(arena, plain, 1, false, &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 0);
    judge_window(arena, plain, 1, true, &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 1);
    judge_window(arena, torn, 1, true, &findings);
    ck_assert_uint_eq(findings_count(&findings, FINDING_BLOCK), 1);
    judge_window(arena, old, 1, true, &findings);
    ck_assert_uint_ge(findings_count(&findings, FINDING_BLOCK), 1);
}
END_TEST

UNIT_MAIN("engine_judge", a_sound_pair_has_nothing_to_complain_about,
          each_fault_is_found_by_its_name_and_has_a_remedy,
          another_libc_matters_only_when_something_is_sorted_by_it,
          what_is_ours_already_is_in_nobodys_way, a_window_needs_a_source_that_can_be_rewound)
