/*
 * Sessions with a real PostgreSQL server, straight and through a real sshd.
 */
#include <signal.h>

#include "steps/wire/pg.h"
#include "tests/contract/cluster.h"
#include "tests/contract/wire.h"

static struct sshd sshd, outer;
static struct cluster cluster;
static struct spec_host host, jump, behind;
static struct spec_endpoint through, straight;

static struct pg *open_pg(struct wire_test *t, const struct spec_endpoint *endpoint)
{
    struct pg *pg = NULL;
    ck_assert_worked(t, pg_open(&pg, t->world, endpoint, NULL, &t->err));
    return pg;
}

static const char *value(struct wire_test *t, struct pg *pg, const char *sql)
{
    const char *out = NULL;
    ck_assert_worked(t, pg_probe_value(pg, sql, t->arena, &out, &t->err));
    return out;
}

static int change(struct wire_test *t, struct pg *pg, const char *sql)
{
    return pg_change(pg, sql, NULL, 0, 0, t->arena, NULL, &t->err);
}

START_TEST(pg_answers_through_ssh_over_tls)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_str_eq(value(&t, pg, "select 'a' || 'b'"), "ab");
    ck_assert_str_eq(value(&t, pg, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
                     "t");
    ck_assert_str_eq(value(&t, pg, "show application_name"), "ece-migrate");
    ck_assert_ptr_null(value(&t, pg, "select null"));
    ck_assert_ptr_null(value(&t, pg, "select 1 where false"));
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pg_answers_without_ssh_when_there_is_no_host)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &straight);
    ck_assert_str_eq(value(&t, pg, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
                     "t");
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pg_answers_through_a_jump_host)
{
    struct wire_test t;
    struct spec_endpoint far = cluster_endpoint(&cluster, &behind);
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &far);
    ck_assert_str_eq(value(&t, pg, "select 42"), "42");
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pg_proves_the_server_by_its_ca)
{
    struct wire_test t;
    char other[96];
    struct spec_endpoint endpoint = through;
    wire_begin(&t, NULL, NULL);
    endpoint.ca_file = cluster.ca_file;
    struct pg *pg = open_pg(&t, &endpoint);
    pg_close(pg);
    (void)snprintf(other, sizeof other, "%s/other.crt", cluster.dir);
    sshd_shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
               "-subj /CN=other -keyout /dev/null -out %s 2>/dev/null",
               other);
    endpoint.ca_file = other;
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE,
                     "certificate verify failed");
    endpoint.ca_file = cluster.ca_file;
    endpoint.address = "localhost";
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE,
                     "does not match host name");
    wire_end(&t);
}
END_TEST

START_TEST(pg_talks_without_tls_to_a_server_that_has_none)
{
    struct wire_test t;
    struct cluster plain;
    cluster_start(&plain, "ssl = off");
    struct spec_endpoint endpoint = cluster_endpoint(&plain, &host);
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &endpoint);
    ck_assert_str_eq(value(&t, pg, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
                     "f");
    pg_close(pg);
    endpoint.host = NULL;
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE, "SSL");
    endpoint.host = &host;
    endpoint.ca_file = cluster.ca_file;
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE, "SSL");
    wire_end(&t);
    cluster_stop(&plain);
}
END_TEST

START_TEST(pg_refuses_a_change_while_the_world_is_only_read)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    world_set_mode(t.world, WORLD_READ);
    ck_assert_failed(&t, change(&t, pg, "create table dry (a int)"), ERR_DRY, "create table dry");
    ck_assert_ptr_null(value(&t, pg, "select to_regclass('dry')"));
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(probe_cannot_change_anything)
{
    struct wire_test t;
    struct pg_rows rows;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_worked(&t, change(&t, pg, "create table if not exists kept (a int)"));
    ck_assert_failed(
        &t, pg_probe(pg, "insert into kept values (1)", NULL, 0, 0, t.arena, &rows, &t.err),
        ERR_DATABASE, "25006");
    ck_assert_str_eq(pg_sqlstate(pg), "25006");
    ck_assert_failed(&t, pg_probe(pg, "select 1/0", NULL, 0, 0, t.arena, &rows, &t.err),
                     ERR_DATABASE, "division by zero (SQLSTATE 22012)");
    ck_assert_worked(
        &t, pg_probe(pg, "set transaction read write", NULL, 0, 0, t.arena, &rows, &t.err));
    ck_assert_worked(&t,
                     pg_probe(pg, "set search_path = nowhere", NULL, 0, 0, t.arena, &rows, &t.err));
    ck_assert_str_eq(value(&t, pg, "select count(*) from kept"), "0");
    ck_assert_worked(&t, change(&t, pg, "insert into kept values (1)"));
    ck_assert_str_eq(value(&t, pg, "select count(*) from kept"), "1");
    ck_assert_worked(&t, change(&t, pg, "drop table kept"));
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(change_runs_what_no_transaction_block_may_hold)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_worked(&t, change(&t, pg, "checkpoint"));
    ck_assert_worked(&t, change(&t, pg, "alter system set log_min_messages = 'warning'"));
    ck_assert_worked(&t, change(&t, pg, "alter system reset all"));
    ck_assert_worked(&t, change(&t, pg, "create database other"));
    ck_assert_worked(&t, change(&t, pg, "drop database other"));
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(statement_takes_parameters_and_gives_rows)
{
    static const char *const params[] = {"it's", NULL, "3"};
    struct wire_test t;
    struct pg_rows rows;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_worked(&t,
                     pg_probe(pg, "select $1::text, $2::text, g from generate_series(1, $3::int) g",
                              params, 3, 0, t.arena, &rows, &t.err));
    ck_assert_uint_eq(rows.rows, 3);
    ck_assert_uint_eq(rows.cols, 3);
    ck_assert_str_eq(rows.cell[0], "it's");
    ck_assert_ptr_null(rows.cell[1]);
    ck_assert_str_eq(rows.cell[8], "3");
    ck_assert_worked(&t,
                     change(&t, pg, "create temp table three as select generate_series(1, 3) a"));
    ck_assert_worked(&t, pg_change(pg, "delete from three where a < $1::int", (const char *[]){"3"},
                                   1, 0, t.arena, &rows, &t.err));
    ck_assert_int_eq(rows.affected, 2);
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pg_carries_a_result_of_32_megabytes)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    const char *big = value(&t, pg, "select repeat('0123456789abcdef', 2097152)");
    ck_assert_uint_eq(strlen(big), 33554432);
    ck_assert_int_eq(memcmp(big + 33554432 - 16, "0123456789abcdef", 16), 0);
    const char *const params[] = {big};
    struct pg_rows rows;
    ck_assert_worked(&t, pg_probe(pg, "select md5($1), md5(repeat('0123456789abcdef', 2097152))",
                                  params, 1, 0, t.arena, &rows, &t.err));
    ck_assert_str_eq(rows.cell[0], rows.cell[1]);
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pg_answers_a_thousand_questions)
{
    struct wire_test t;
    char sql[64], want[16];
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(sql, sizeof sql, "select %d", i);
        (void)snprintf(want, sizeof want, "%d", i);
        ck_assert_str_eq(value(&t, pg, sql), want);
    }
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(several_sessions_stand_side_by_side)
{
    struct wire_test t;
    struct pg *pg[12];
    wire_begin(&t, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(pg); i++)
        pg[i] = open_pg(&t, &through);
    for (size_t i = 0; i < ARRAY_LEN(pg); i++)
        ck_assert_str_eq(value(&t, pg[i], "select 1"), "1");
    for (size_t i = 0; i < ARRAY_LEN(pg); i++)
        pg_close(pg[i]);
    wire_end(&t);
}
END_TEST

START_TEST(pg_close_leaves_no_session_behind)
{
    static const char count[] = "select count(*) from pg_stat_activity where "
                                "application_name = 'ece-migrate' and pid <> pg_backend_pid()";
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *watcher = open_pg(&t, &straight);
    for (int i = 0; i < 5; i++) {
        struct pg *pg = open_pg(&t, &through);
        ck_assert_str_eq(value(&t, watcher, count), "1");
        pg_close(pg);
        /* The server's process ends a moment after its socket did. */
        for (int wait = 0; wait < 100 && strcmp(value(&t, watcher, count), "0") != 0; wait++)
            (void)usleep(1000);
        ck_assert_str_eq(value(&t, watcher, count), "0");
    }
    pg_close(watcher);
    wire_end(&t);
}
END_TEST

START_TEST(pg_tells_a_wrong_password)
{
    struct wire_test t;
    struct pg *pg;
    char path[96];
    struct spec_endpoint endpoint = through;
    wire_begin(&t, NULL, NULL);
    (void)snprintf(path, sizeof path, "%s/wrong", sshd.dir);
    sshd_shell("echo wrong-password > %s && chmod 600 %s", path, path);
    endpoint.admin_password.where = path;
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_AUTH,
                     "password authentication failed");
    ck_assert_ptr_null(strstr(t.err.text, "LOCATION"));
    wire_end(&t);
}
END_TEST

START_TEST(pg_tells_what_else_keeps_it_out)
{
    struct wire_test t;
    struct pg *pg;
    struct spec_endpoint endpoint = through;
    wire_begin(&t, NULL, NULL);
    ck_assert_failed(&t, pg_open(&pg, t.world, &through, "nowhere", &t.err), ERR_DATABASE,
                     "\"nowhere\" does not exist");
    endpoint.port = sshd_free_port();
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE,
                     "refused");
    endpoint.host = NULL;
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE,
                     "refused");
    endpoint = through;
    endpoint.admin_password.where = "/nonexistent";
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_SPEC, "/nonexistent");
    wire_end(&t);
}
END_TEST

START_TEST(statement_that_takes_too_long_is_ended_by_the_server)
{
    struct wire_test t;
    struct pg_rows rows;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_failed(&t, pg_probe(pg, "select pg_sleep(30)", NULL, 0, 200, t.arena, &rows, &t.err),
                     ERR_TIMEOUT, "57014");
    ck_assert_str_eq(value(&t, pg, "show statement_timeout"), "10s");
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(lost_session_is_told_and_stays_lost)
{
    struct wire_test t;
    struct pg_rows rows;
    const char *out;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through), *killer = open_pg(&t, &straight);
    const char *const pid[] = {value(&t, pg, "select pg_backend_pid()")};
    ck_assert_worked(&t, pg_change(killer, "select pg_terminate_backend($1::int)", pid, 1, 0,
                                   t.arena, &rows, &t.err));
    ck_assert_failed(&t, pg_probe_value(pg, "select 1", t.arena, &out, &t.err), ERR_UNREACHABLE,
                     "");
    ck_assert_failed(&t, pg_probe_value(pg, "select 1", t.arena, &out, &t.err), ERR_UNREACHABLE,
                     "lost");
    pg_close(pg);
    pg_close(killer);
    wire_end(&t);
}
END_TEST

START_TEST(session_whose_server_dies_is_told_from_an_answer)
{
    struct wire_test t;
    struct cluster own;
    const char *out;
    cluster_start(&own, "");
    struct spec_endpoint endpoint = cluster_endpoint(&own, &host);
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &endpoint), *second = open_pg(&t, &endpoint);
    cluster_halt(&own, "immediate");
    ck_assert_failed(&t, pg_probe_value(pg, "select 1", t.arena, &out, &t.err), ERR_UNREACHABLE,
                     "");
    ck_assert_failed(&t, change(&t, second, "checkpoint"), ERR_UNREACHABLE, "");
    pg_close(pg);
    pg_close(second);
    ck_assert_failed(&t, pg_open(&pg, t.world, &endpoint, NULL, &t.err), ERR_UNREACHABLE,
                     "refused");
    cluster_resume(&own);
    pg = open_pg(&t, &endpoint);
    pg_close(pg);
    wire_end(&t);
    cluster_stop(&own);
}
END_TEST

START_TEST(session_whose_sshd_is_killed_is_told)
{
    struct wire_test t;
    struct sshd own;
    const char *out;
    sshd_start(&own, "");
    struct spec_host there = sshd_host(&own, "there");
    struct spec_endpoint endpoint = cluster_endpoint(&cluster, &there);
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &endpoint);
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGKILL), 1);
    ck_assert_failed(&t, pg_probe_value(pg, "select 1", t.arena, &out, &t.err), ERR_UNREACHABLE,
                     "");
    pg_close(pg);
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

START_TEST(session_whose_sshd_is_stopped_ends_in_time)
{
    struct wire_test t;
    struct sshd own;
    struct pg_rows rows;
    sshd_start(&own, "");
    struct spec_host there = sshd_host(&own, "there");
    struct spec_endpoint endpoint = cluster_endpoint(&cluster, &there);
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &endpoint);
    ck_assert_int_ge(sshd_signal_sessions(&own, SIGSTOP), 1);
    ck_assert_failed(&t, pg_probe(pg, "select 1", NULL, 0, 10000, t.arena, &rows, &t.err),
                     ERR_TIMEOUT, "no answer in time");
    pg_close(pg);
    wire_end(&t);
    sshd_stop(&own);
}
END_TEST

START_TEST(verifier_lets_a_role_log_in_and_is_scrubbed)
{
    struct wire_test t;
    const char *verifier;
    CLEANUP(str_free) struct str shown = STR_INIT;
    CLEANUP(secret_cleanup) struct secret *password = secret_copy("rather-long", 11, "role");
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_worked(&t, pg_scram_verifier(pg, "ro'le", password, t.arena, &verifier, &t.err));
    ck_assert(str_starts(verifier, "SCRAM-SHA-256$4096:"));
    ck_assert_uint_ge(secret_scrub(&shown, verifier, strlen(verifier)), 1);
    ck_assert_worked(&t, change(&t, pg,
                                arena_printf(t.arena, "create role %s login password %s",
                                             pg_quote_ident(pg, "ro'le", t.arena),
                                             pg_quote_literal(pg, verifier, t.arena))));
    struct spec_endpoint endpoint = through;
    char path[96];
    (void)snprintf(path, sizeof path, "%s/role", sshd.dir);
    sshd_shell("echo rather-long > %s && chmod 600 %s", path, path);
    endpoint.admin_user = "ro'le";
    endpoint.admin_password.where = path;
    struct pg *role = open_pg(&t, &endpoint);
    ck_assert_str_eq(value(&t, role, "select current_user"), "ro'le");
    pg_close(role);
    ck_assert_worked(&t, change(&t, pg, "drop role \"ro'le\""));
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(another_user_gets_in_with_his_own_password)
{
    struct wire_test t;
    const char *verifier;
    struct pg *role = NULL;
    CLEANUP(secret_cleanup) struct secret *password = secret_copy("rather-long", 11, "role");
    CLEANUP(secret_cleanup) struct secret *wrong = secret_copy("rather-wrong", 12, "wrong");
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_worked(&t, pg_scram_verifier(pg, "other", password, t.arena, &verifier, &t.err));
    ck_assert_worked(&t, change(&t, pg,
                                arena_printf(t.arena, "create role other login password %s",
                                             pg_quote_literal(pg, verifier, t.arena))));
    ck_assert_failed(&t, pg_open_as(&role, t.world, &through, NULL, "other", wrong, &t.err),
                     ERR_AUTH, "28P01");
    ck_assert_worked(&t, pg_open_as(&role, t.world, &through, NULL, "other", password, &t.err));
    ck_assert_str_eq(value(&t, role, "select current_user"), "other");
    pg_close(role);
    ck_assert_worked(&t, change(&t, pg, "drop role other"));
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pinned_session_sees_one_moment_until_it_is_let_go)
{
    struct wire_test t;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through), *writer = open_pg(&t, &through);
    ck_assert_worked(&t, change(&t, writer, "create table moment as select 1 as n"));
    ck_assert_worked(&t, pg_pin(pg, NULL, &t.err));
    ck_assert_str_eq(value(&t, pg, "select n from moment"), "1");
    ck_assert_worked(&t, change(&t, writer, "update moment set n = 2"));
    ck_assert_str_eq(value(&t, pg, "select n from moment"), "1");
    pg_unpin(pg);
    ck_assert_str_eq(value(&t, pg, "select n from moment"), "2");
    ck_assert_worked(&t, change(&t, writer, "drop table moment"));
    pg_close(writer);
    pg_close(pg);
    wire_end(&t);
}
END_TEST

START_TEST(pinned_session_takes_the_snapshot_of_another)
{
    struct wire_test t;
    struct pg_rows rows;
    wire_begin(&t, NULL, NULL);
    struct pg *pg = open_pg(&t, &through), *holder = open_pg(&t, &through);
    ck_assert_worked(&t, change(&t, pg, "create table moment as select 1 as n"));
    ck_assert_worked(&t, pg_pin(holder, NULL, &t.err));
    const char *snapshot = value(&t, holder, "select pg_export_snapshot()");
    ck_assert_worked(&t, change(&t, pg, "update moment set n = 2"));
    ck_assert_worked(&t, pg_pin(pg, snapshot, &t.err));
    ck_assert_str_eq(value(&t, pg, "select n from moment"), "1");
    ck_assert_failed(&t, pg_probe(pg, "select 1/0", NULL, 0, 0, t.arena, &rows, &t.err),
                     ERR_DATABASE, "22012");
    ck_assert_str_eq(pg_sqlstate(pg), "22012");
    ck_assert_str_eq(value(&t, pg, "select n from moment"), "2");
    pg_unpin(holder);
    ck_assert_failed(&t, pg_pin(pg, snapshot, &t.err), ERR_DATABASE, "snapshot");
    ck_assert_worked(&t, change(&t, pg, "drop table moment"));
    pg_close(holder);
    pg_close(pg);
    wire_end(&t);
}
END_TEST

static void note(void *arg, const struct world_io *io)
{
    struct str *notes = arg;
    str_printf(notes, "%s %s", io->host, io->kind);
    for (size_t i = 0; io->argv[i]; i++)
        str_printf(notes, " <%s>", io->argv[i]);
    str_printf(notes, " out <%s> status %d %s\n", io->out, io->status,
               io->failure ? "failed" : "done");
}

START_TEST(tap_is_told_each_statement)
{
    struct wire_test t;
    struct pg_rows rows;
    const char *const params[] = {"x", NULL};
    CLEANUP(str_free) struct str notes = STR_INIT;
    wire_begin(&t, note, &notes);
    struct pg *pg = open_pg(&t, &through);
    ck_assert_worked(&t, pg_probe(pg, "select $1, $2, 1 union all select '', '', 2", params, 2, 0,
                                  t.arena, &rows, &t.err));
    ck_assert_int_eq(change(&t, pg, "nonsense"), -1);
    ck_assert_str_eq(str_text(&notes),
                     "db sql-probe <select $1, $2, 1 union all select '', '', 2> <x> <NULL> "
                     "out <x\tNULL\t1\n\t\t2\n> status 0 done\n"
                     "db sql-change <nonsense> out <> status -1 failed\n");
    pg_close(pg);
    wire_end(&t);
}
END_TEST

int main(void)
{
    sshd_need();
    cluster_need();
    sshd_start(&sshd, "");
    sshd_start(&outer, "");
    cluster_start(&cluster, "");
    host = sshd_host(&sshd, "db");
    jump = sshd_host(&outer, "jump");
    behind = host;
    behind.jump = &jump;
    through = cluster_endpoint(&cluster, &host);
    straight = cluster_endpoint(&cluster, NULL);
    const TTest *const tests[] = {
        pg_answers_through_ssh_over_tls,
        pg_answers_without_ssh_when_there_is_no_host,
        pg_answers_through_a_jump_host,
        pg_proves_the_server_by_its_ca,
        pg_talks_without_tls_to_a_server_that_has_none,
        pg_refuses_a_change_while_the_world_is_only_read,
        probe_cannot_change_anything,
        change_runs_what_no_transaction_block_may_hold,
        statement_takes_parameters_and_gives_rows,
        pg_carries_a_result_of_32_megabytes,
        pg_answers_a_thousand_questions,
        several_sessions_stand_side_by_side,
        pg_close_leaves_no_session_behind,
        pg_tells_a_wrong_password,
        pg_tells_what_else_keeps_it_out,
        statement_that_takes_too_long_is_ended_by_the_server,
        lost_session_is_told_and_stays_lost,
        session_whose_server_dies_is_told_from_an_answer,
        session_whose_sshd_is_killed_is_told,
        session_whose_sshd_is_stopped_ends_in_time,
        verifier_lets_a_role_log_in_and_is_scrubbed,
        another_user_gets_in_with_his_own_password,
        pinned_session_sees_one_moment_until_it_is_let_go,
        pinned_session_takes_the_snapshot_of_another,
        tap_is_told_each_statement,
    };
    int status = unit_run("wire_pg", tests, ARRAY_LEN(tests));
    cluster_stop(&cluster);
    sshd_stop(&outer);
    sshd_stop(&sshd);
    return status;
}
