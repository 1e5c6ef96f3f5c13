/*
 * The pgbouncer driver against a real sshd and a real PgBouncer, with the real guard where it is
 * only asked, and one of paper where it speaks. No database is needed: what the guard does with one
 * is checked by tests/lab/guard_check.sh.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "steps/port/traffic.h"
#include "tests/contract/wire.h"

#define ID "gdtraffic"

static struct sshd sshd;
static char dir[64];
static uint16_t proxy_port;
static struct spec_host host;
static struct spec_service service;
static const struct spec spec = {.id = ID, .services = 1, .service = &service};

/* Writes a file of the test's directory, readable by the proxy. */
static void put(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "we");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        exit(EXIT_FAILURE);
    sshd_shell("chown postgres:postgres %s; chmod 0640 %s", path, path);
}

#define SETTINGS                                                                                   \
    "[pgbouncer]\nlisten_addr=\nauth_type=any\npool_mode=%s\nunix_socket_dir=%s\nlisten_port=%u\n" \
    "logfile=%s/log\npidfile=%s/pid\n"

static void put_config(const char *databases, const char *mode)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "%s" SETTINGS, databases, mode, dir, (unsigned)proxy_port,
                   dir, dir);
    put("proxy.ini", text);
}

#define ENTRY                                                                                      \
    "[databases]\norders = host=127.0.0.1 port=4001 dbname=orders password='it''s secret'\n"

static void set_up(struct wire_test *t, struct traffic **traffic)
{
    wire_begin(t, NULL, NULL);
    setenv("ECE_MIGRATE_GUARD", getenv("TEST_GUARD"), 1);
    put_config(ENTRY, "transaction");
    *traffic = traffic_pgbouncer.open(&spec, &service, t->world);
}

static void tear_down(struct wire_test *t, struct traffic *traffic)
{
    ck_assert_worked(t, traffic->ops->remove(traffic, &t->err));
    traffic->ops->close(traffic);
    wire_end(t);
}

static const struct finding *find(const struct findings *findings, const char *check,
                                  enum finding_level level)
{
    for (size_t i = 0; i < findings->len; i++)
        if (strcmp(findings->item[i].check, check) == 0 && findings->item[i].level == level)
            return &findings->item[i];
    return NULL;
}

static const char kit[] =
    "engine=postgresql\nsource=host=127.0.0.1 port=4001\ntarget=host=127.0.0.1 port=4002\n"
    "trial=host=127.0.0.1\nfence_file=/f\nfence_closed=all\nfence_open=none\ndatabases=orders\n";

START_TEST(check_passes_a_proxy_that_can_be_held_and_switched)
{
    struct wire_test t;
    struct traffic *traffic;
    struct findings findings;
    set_up(&t, &traffic);
    findings_init(&findings, t.arena);
    ck_assert_worked(&t, traffic->ops->check(traffic, &findings, &t.err));
    for (size_t i = 0; i < findings.len; i++)
        ck_assert_msg(findings.item[i].level == FINDING_PASS ||
                          strcmp(findings.item[i].check, "guard_secrets") == 0,
                      "%s: %s", findings.item[i].check, findings.item[i].text);
    ck_assert_ptr_nonnull(find(&findings, "pool_mode", FINDING_PASS));
    ck_assert_ptr_nonnull(find(&findings, "proxy_console", FINDING_PASS));
    ck_assert_ptr_nonnull(find(&findings, "proxy_version", FINDING_PASS));
    tear_down(&t, traffic);
}
END_TEST

START_TEST(check_blocks_what_could_not_be_held_or_switched)
{
    static const struct {
        const char *databases, *mode, *check, *part;
        enum finding_level level;
    } bad[] = {
        {ENTRY, "session", "pool_mode", "is pooled by session", FINDING_BLOCK},
        {"[databases]\norders=host=127.0.0.1 port=4001 pool_mode=session\n", "transaction",
         "pool_mode", "'orders' is pooled by session", FINDING_BLOCK},
        {ENTRY "[users]\nlegacy = pool_mode=session\n", "transaction", "pool_mode",
         "the user 'legacy'", FINDING_BLOCK},
        {"[databases]\n* = host=127.0.0.1 port=4001\n", "transaction", "proxy_entry",
         "by the '*' entry", FINDING_BLOCK},
        {"[databases]\norders = dbname=orders\n", "transaction", "proxy_entry",
         "has no host=", FINDING_BLOCK},
        {"[databases]\n", "transaction", "proxy_entry", "no entry 'orders'", FINDING_BLOCK},
        {ENTRY ENTRY, "transaction", "proxy_entry", "several entries", FINDING_BLOCK},
        {"[databases]\norders = host=127.0.0.9 port=4001\n", "transaction", "proxy_entry",
         "not to the source", FINDING_BLOCK},
        {ENTRY "stats = host=localhost port=4001\n", "transaction", "proxy_others",
         "'stats' leads to the source too", FINDING_WARN},
        {"[databases]\norders = host=127.0.0.1 port=4001 pool_size=5\n", "transaction",
         "pool_growth", "a pool size of its own", FINDING_WARN},
        {"[databases]\norders = host=127.0.0.1 port=4001 min_pool_size=5\n", "transaction",
         "pool_growth", "a min_pool_size of its own", FINDING_WARN},
        {"[databases\n", "transaction", "proxy_config", "line 1: a section without ']'",
         FINDING_BLOCK},
        {"%include /nowhere/at/all.ini\n" ENTRY, "transaction", "proxy_config",
         "no file '/nowhere/at/all.ini'", FINDING_BLOCK},
        {"%include more.ini\n" ENTRY, "transaction", "proxy_config", "write its full path",
         FINDING_BLOCK},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct wire_test t;
        struct traffic *traffic;
        struct findings findings;
        set_up(&t, &traffic);
        put_config(bad[i].databases, bad[i].mode);
        findings_init(&findings, t.arena);
        ck_assert_worked(&t, traffic->ops->check(traffic, &findings, &t.err));
        const struct finding *found = find(&findings, bad[i].check, bad[i].level);
        ck_assert_msg(found != NULL, "case %zu: no finding", i);
        ck_assert_msg(strstr(found->text, bad[i].part) != NULL, "case %zu: %s", i, found->text);
        ck_assert_msg(found->remedy[0] != '\0', "case %zu: no remedy", i);
        tear_down(&t, traffic);
    }
}
END_TEST

START_TEST(check_counts_the_passwords_that_slow_down_each_login)
{
    static const struct {
        const char *users;
        enum finding_level level;
        const char *part;
    } files[] = {
        {"\"app\" \"SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy\"\n"
         "\"old\" \"md5d41d8cd98f00b204e9800998ecf8427e\"\n\"none\" \"\"\n",
         FINDING_PASS, "no password in clear text"},
        {"\"app\" \"md5-is-my-password\"\n\"two\" \"clear\"\n", FINDING_WARN,
         "2 passwords in clear text"},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct wire_test t;
        struct traffic *traffic;
        struct findings findings;
        char databases[512];
        set_up(&t, &traffic);
        put("users", files[i].users);
        (void)snprintf(databases, sizeof databases, "%s[pgbouncer]\nauth_file = %s/users\n", ENTRY,
                       dir);
        put_config(databases, "transaction");
        findings_init(&findings, t.arena);
        ck_assert_worked(&t, traffic->ops->check(traffic, &findings, &t.err));
        const struct finding *found = find(&findings, "proxy_logins", files[i].level);
        ck_assert_msg(found != NULL, "case %zu: no finding", i);
        ck_assert_msg(strstr(found->text, files[i].part) != NULL, "case %zu: %s", i, found->text);
        tear_down(&t, traffic);
    }
}
END_TEST

START_TEST(see_without_the_guard_tells_what_the_configuration_says)
{
    struct wire_test t;
    struct traffic *traffic;
    struct traffic_seen seen;
    set_up(&t, &traffic);
    ck_assert_worked(&t, traffic->ops->see(traffic, t.arena, &seen, &t.err));
    ck_assert_int_eq(seen.configured, TRAFFIC_AT_SOURCE);
    ck_assert(!seen.installed && !seen.held && !seen.guard_alive);
    put_config("[databases]\norders = host=localhost port=4002\n", "transaction");
    ck_assert_worked(&t, traffic->ops->see(traffic, t.arena, &seen, &t.err));
    ck_assert_int_eq(seen.configured, TRAFFIC_AT_TARGET);
    tear_down(&t, traffic);
}
END_TEST

static void read_file(const char *name, char out[4096])
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    sshd_read_file(path, out, 4096);
}

/* Counts a directory's entries of ours. */
static int left_behind(void)
{
    char line[256];
    (void)snprintf(line, sizeof line,
                   "test $(ls -d /var/lib/ece-migrate-" ID " /run/ece-" ID
                   " %s/*.ece-* 2>/dev/null | wc -l) = 0",
                   dir);
    return system(line);
}

START_TEST(install_leaves_the_live_file_alone_and_remove_leaves_nothing)
{
    struct wire_test t;
    struct traffic *traffic;
    struct traffic_seen seen;
    struct stat live, spare;
    char before[4096], after[4096], path[160];
    set_up(&t, &traffic);
    read_file("proxy.ini", before);
    for (int twice = 0; twice < 2; twice++)
        ck_assert_worked(&t, traffic->ops->install(traffic, TRAFFIC_FORTH, kit, &t.err));
    read_file("proxy.ini", after);
    ck_assert_str_eq(before, after);
    read_file("proxy.ini.ece-" ID "-source", after);
    ck_assert_str_eq(before, after);
    read_file("proxy.ini.ece-" ID "-target", after);
    *strstr(before, "4001") = '\0';
    ck_assert_mem_eq(after, before, strlen(before));
    ck_assert_mem_eq(after + strlen(before), "4002 dbname=orders password='it''s secret'\n", 20);
    (void)snprintf(path, sizeof path, "%s/proxy.ini", dir);
    ck_assert_int_eq(stat(path, &live), 0);
    (void)snprintf(path, sizeof path, "%s/proxy.ini.ece-" ID "-target", dir);
    ck_assert_int_eq(stat(path, &spare), 0);
    ck_assert_uint_eq(live.st_mode, spare.st_mode);
    ck_assert_uint_eq(live.st_uid, spare.st_uid);
    ck_assert_worked(&t, traffic->ops->see(traffic, t.arena, &seen, &t.err));
    ck_assert(seen.installed && !seen.held && !seen.guard_alive);
    ck_assert_int_eq(seen.attempt, 0);
    ck_assert_int_eq(seen.active, TRAFFIC_AT_SOURCE);
    tear_down(&t, traffic);
    ck_assert_int_eq(left_behind(), 0);
}
END_TEST

/* What the guard does at the switch. */
static void take_spare(const char *which)
{
    sshd_shell("mv %s/proxy.ini.ece-" ID "-%s %s/proxy.ini", dir, which, dir);
}

/* The address as a name, and no port: what a mere change of the address back would not restore. */
#define NAMED "[databases]\norders = host=localhost dbname=orders\n"

START_TEST(on_the_way_back_the_file_is_byte_for_byte_what_it_was)
{
    struct wire_test t;
    struct traffic *traffic;
    struct traffic_seen seen;
    char before[4096], after[4096];
    uint16_t port = service.source.port;
    set_up(&t, &traffic);
    service.source.port = 5432;
    put_config(NAMED, "transaction");
    read_file("proxy.ini", before);
    ck_assert_worked(&t, traffic->ops->install(traffic, TRAFFIC_FORTH, kit, &t.err));
    ck_assert_failed(&t, traffic->ops->install(traffic, TRAFFIC_BACK, kit, &t.err), ERR_REFUSED,
                     "not at the target");
    err_clear(&t.err);
    take_spare("target");
    for (int twice = 0; twice < 2; twice++)
        ck_assert_worked(&t, traffic->ops->install(traffic, TRAFFIC_BACK, kit, &t.err));
    read_file("proxy.ini.ece-" ID "-source", after);
    ck_assert_str_eq(before, after);
    sshd_read_file("/var/lib/ece-migrate-" ID "/plan", after, sizeof after);
    ck_assert_ptr_nonnull(strstr(after, "\nway=back\n"));
    ck_assert_ptr_nonnull(strstr(strstr(after, "config_target="), "proxy.ini.ece-" ID "-source\n"));
    take_spare("source");
    ck_assert_worked(&t, traffic->ops->see(traffic, t.arena, &seen, &t.err));
    ck_assert_int_eq(seen.configured, TRAFFIC_AT_SOURCE);
    service.source.port = port;
    tear_down(&t, traffic);
    ck_assert_int_eq(left_behind(), 0);
}
END_TEST

START_TEST(what_somebody_wrote_into_the_file_meanwhile_stays_on_the_way_back)
{
    struct wire_test t;
    struct traffic *traffic;
    char text[4096];
    set_up(&t, &traffic);
    ck_assert_worked(&t, traffic->ops->install(traffic, TRAFFIC_FORTH, kit, &t.err));
    take_spare("target");
    sshd_shell("echo '; somebody was here' >>%s/proxy.ini", dir);
    ck_assert_worked(&t, traffic->ops->install(traffic, TRAFFIC_BACK, kit, &t.err));
    read_file("proxy.ini.ece-" ID "-source", text);
    ck_assert_ptr_nonnull(strstr(text, "port=4001"));
    ck_assert_ptr_nonnull(strstr(text, "; somebody was here"));
    tear_down(&t, traffic);
}
END_TEST

START_TEST(entry_in_an_included_file_is_switched_there)
{
    struct wire_test t;
    struct traffic *traffic;
    char main_file[256], text[4096];
    set_up(&t, &traffic);
    put("entries.ini", "orders = host=127.0.0.1 port=4001\n");
    (void)snprintf(main_file, sizeof main_file, "[databases]\n%%include %s/entries.ini\n", dir);
    put_config(main_file, "transaction");
    ck_assert_worked(&t, traffic->ops->install(traffic, TRAFFIC_FORTH, kit, &t.err));
    read_file("entries.ini.ece-" ID "-target", text);
    ck_assert_str_eq(text, "orders = host=127.0.0.1 port=4002\n");
    sshd_read_file("/var/lib/ece-migrate-" ID "/plan", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "/entries.ini\nconfig_source="));
    tear_down(&t, traffic);
}
END_TEST

START_TEST(nothing_is_installed_in_a_world_that_may_not_change)
{
    struct wire_test t;
    struct traffic *traffic;
    set_up(&t, &traffic);
    world_set_mode(t.world, WORLD_READ);
    ck_assert_failed(&t, traffic->ops->install(traffic, TRAFFIC_FORTH, kit, &t.err), ERR_DRY, "");
    ck_assert_int_eq(left_behind(), 0);
    world_set_mode(t.world, WORLD_CHANGE);
    err_clear(&t.err);
    tear_down(&t, traffic);
}
END_TEST

START_TEST(install_refuses_a_configuration_that_points_elsewhere)
{
    struct wire_test t;
    struct traffic *traffic;
    set_up(&t, &traffic);
    put_config("[databases]\norders = host=127.0.0.1 port=4002\n", "transaction");
    ck_assert_failed(&t, traffic->ops->install(traffic, TRAFFIC_FORTH, kit, &t.err), ERR_REFUSED,
                     "not at the source");
    ck_assert_int_eq(left_behind(), 0);
    err_clear(&t.err);
    tear_down(&t, traffic);
}
END_TEST

/* A guard of paper: a shell script in its place that says what the test wants. */
static void set_up_paper(struct wire_test *t, struct traffic **traffic, const char *script)
{
    char path[128];
    set_up(t, traffic);
    put("paper", script);
    (void)snprintf(path, sizeof path, "%s/paper", dir);
    setenv("ECE_MIGRATE_GUARD", path, 1);
    ck_assert_worked(t, (*traffic)->ops->install(*traffic, TRAFFIC_FORTH, kit, &t->err));
}

static void note_phase(void *arg, const char *phase, int64_t at_us)
{
    struct str *seen = arg;
    str_printf(seen, "%s@%lld ", phase, (long long)at_us);
}

START_TEST(cut_hears_phases_snapshots_and_the_outcome)
{
    struct wire_test t;
    struct traffic *traffic;
    struct str seen CLEANUP(str_free) = STR_INIT;
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    const char *const *snapshots = NULL;
    set_up_paper(
        &t, &traffic,
        "#!/bin/sh\n[ \"$1 $3\" = 'run 7' ] || exit 0\necho ready\nread order\n[ \"$order\" = cut "
        "] || exit 1\n"
        "echo phase align -5000 4000\necho phase hold 0 2100\necho snapshot orders=1-1\n"
        "echo snapshot two words=2-1\necho position 0/5\necho outcome switched\nread order\n"
        "[ \"$order\" = bye ] && touch \"$2/said-bye\"\n");
    ck_assert_worked(&t, traffic->ops->arm(traffic, 7, &t.err));
    ck_assert_worked(
        &t, traffic->ops->cut(traffic, note_phase, &seen, t.arena, &outcome, &snapshots, &t.err));
    ck_assert_int_eq(outcome, TRAFFIC_SWITCHED);
    ck_assert_str_eq(str_text(&seen), "align@-5000 hold@0 ");
    ck_assert_str_eq(snapshots[0], "orders=1-1");
    ck_assert_str_eq(snapshots[1], "two words=2-1");
    ck_assert_ptr_null(snapshots[2]);
    ck_assert_worked(&t, traffic->ops->disarm(traffic, &t.err));
    ck_assert_int_eq(access("/var/lib/ece-migrate-" ID "/said-bye", F_OK), 0);
    tear_down(&t, traffic);
}
END_TEST

START_TEST(arm_tells_why_the_guard_refuses)
{
    struct wire_test t;
    struct traffic *traffic;
    set_up_paper(&t, &traffic,
                 "#!/bin/sh\n[ \"$1\" = run ] && echo failed the target is no standby\n");
    ck_assert_failed(&t, traffic->ops->arm(traffic, 1, &t.err), ERR_REFUSED,
                     "refuses: the target is no standby");
    err_clear(&t.err);
    tear_down(&t, traffic);
}
END_TEST

START_TEST(cut_whose_guard_falls_silent_is_unknown_not_failed)
{
    struct wire_test t;
    struct traffic *traffic;
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    const char *const *snapshots = NULL;
    set_up_paper(
        &t, &traffic,
        "#!/bin/sh\n[ \"$1\" = run ] || exit 0\necho ready\nread order\necho phase hold 0 1\n");
    ck_assert_worked(&t, traffic->ops->arm(traffic, 1, &t.err));
    ck_assert_failed(&t,
                     traffic->ops->cut(traffic, NULL, NULL, t.arena, &outcome, &snapshots, &t.err),
                     ERR_UNREACHABLE, "voice was lost");
    ck_assert_int_eq(outcome, TRAFFIC_NO_OUTCOME);
    err_clear(&t.err);
    tear_down(&t, traffic);
}
END_TEST

START_TEST(finish_takes_the_outcome_from_the_guard)
{
    struct wire_test t;
    struct traffic *traffic;
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    set_up_paper(&t, &traffic,
                 "#!/bin/sh\n[ \"$1\" = finish ] && echo position 0/5 && echo outcome held both "
                 "are closed\n");
    ck_assert_worked(&t, traffic->ops->finish(traffic, t.arena, &outcome, &t.err));
    ck_assert_int_eq(outcome, TRAFFIC_HELD);
    tear_down(&t, traffic);
    set_up_paper(&t, &traffic,
                 "#!/bin/sh\n[ \"$1\" = finish ] && echo failed no attempt has begun\n");
    ck_assert_failed(&t, traffic->ops->finish(traffic, t.arena, &outcome, &t.err), ERR_REMOTE,
                     "no attempt has begun");
    err_clear(&t.err);
    tear_down(&t, traffic);
}
END_TEST

static void start_all(void)
{
    strcpy(dir, "/tmp/ece-traffic-XXXXXX");
    if (!mkdtemp(dir))
        exit(EXIT_FAILURE);
    sshd_shell("chmod 0755 %s; chown postgres:postgres %s", dir, dir);
    proxy_port = sshd_free_port();
    put_config(ENTRY, "transaction");
    sshd_shell("runuser -u postgres -- pgbouncer -q -d %s/proxy.ini", dir);
    sshd_start(&sshd, "");
    host = sshd_host(&sshd, "app");
    service = (struct spec_service){
        .name = "orders",
        .source = {.address = "127.0.0.1", .port = 4001},
        .target = {.address = "127.0.0.1", .port = 4002},
        .traffic = {.driver = "pgbouncer",
                    .host = &host,
                    .database = "orders",
                    .socket_dir = dir,
                    .port = proxy_port,
                    .console_user = "pgbouncer",
                    .address = "127.0.0.1"},
        .limits = {.max_stall_ms = 300, .guard_ms = 200},
    };
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/proxy.ini", dir);
    service.traffic.config_file = path;
}

int main(void)
{
    const TTest *const tests[] = {check_passes_a_proxy_that_can_be_held_and_switched,
                                  check_blocks_what_could_not_be_held_or_switched,
                                  check_counts_the_passwords_that_slow_down_each_login,
                                  see_without_the_guard_tells_what_the_configuration_says,
                                  install_leaves_the_live_file_alone_and_remove_leaves_nothing,
                                  on_the_way_back_the_file_is_byte_for_byte_what_it_was,
                                  what_somebody_wrote_into_the_file_meanwhile_stays_on_the_way_back,
                                  entry_in_an_included_file_is_switched_there,
                                  nothing_is_installed_in_a_world_that_may_not_change,
                                  install_refuses_a_configuration_that_points_elsewhere,
                                  cut_hears_phases_snapshots_and_the_outcome,
                                  arm_tells_why_the_guard_refuses,
                                  cut_whose_guard_falls_silent_is_unknown_not_failed,
                                  finish_takes_the_outcome_from_the_guard};
    sshd_need();
    if (!getenv("TEST_GUARD") || access("/usr/sbin/pgbouncer", X_OK) != 0) {
        (void)fprintf(stderr, "SKIPPED: needs pgbouncer, and the guard's path in TEST_GUARD\n");
        return 77;
    }
    start_all();
    int failed = unit_run("traffic pgbouncer", tests, ARRAY_LEN(tests));
    sshd_stop(&sshd);
    sshd_shell("kill -9 $(cat %s/pid)", dir);
    unit_remove_dir(dir);
    return failed;
}
