/*
 * The bench that the suite's tests stand on, and its run; see contract.h. Each test runs in a
 * process of its own and begins by taking away what the one before may have left when it failed.
 */
#include "tests/contract/service/contract.h"

#include <stdlib.h>

/* Check's tests take no argument. */
static const struct service_subject *current;

static void take_back(struct bench *bench)
{
    ck_assert_ok(bench, bench->proxy->remove(bench->traffic, &bench->err));
    ck_assert_ok(bench, bench->db->target_abandon(bench->engine, &bench->err));
    ck_assert_ok(bench, bench->db->revoke(bench->engine, &bench->err));
}

void bench_open(struct bench *bench)
{
    *bench = (struct bench){.subject = current, .arena = arena_new(), .err = ERR_INIT};
    current->open(current->arg, &bench->engine, &bench->traffic);
    bench->db = bench->engine->ops;
    bench->proxy = bench->traffic->ops;
    take_back(bench);
}

void bench_close(struct bench *bench)
{
    current->set_mode(current->arg, WORLD_CHANGE);
    take_back(bench);
    current->close(current->arg);
    arena_free(bench->arena);
}

void bench_see(struct bench *bench)
{
    ck_assert_ok(bench, bench->db->see(bench->engine, bench->arena, &bench->seen, &bench->err));
    ck_assert_ok(bench,
                 bench->proxy->see(bench->traffic, bench->arena, &bench->clients, &bench->err));
}

void bench_await(struct bench *bench, bench_condition *holds, int limit_s)
{
    for (int i = 0; i < limit_s * 10; i++) {
        bench_see(bench);
        if (holds(bench))
            return;
        current->pass(current->arg, 100);
    }
    ck_abort_msg("it did not come true within %d s (server %d, copy %d '%s', streaming %d)",
                 limit_s, (int)bench->seen.target.server, (int)bench->seen.target.copy,
                 bench->seen.target.copy_error, bench->seen.target.streaming);
}

static bool is_copied(const struct bench *bench)
{
    return bench->seen.target.copy == ENGINE_COPY_DONE;
}

static bool is_streaming(const struct bench *bench)
{
    return bench->seen.target.streaming && bench->seen.lag_bytes >= 0;
}

void bench_follow(struct bench *bench)
{
    ck_assert_ok(bench, bench->db->grant(bench->engine, &bench->err));
    ck_assert_ok(bench, bench->db->copy_start(bench->engine, &bench->err));
    bench_await(bench, is_copied, 60);
    ck_assert_ok(bench, bench->db->follow_start(bench->engine, &bench->err));
    bench_await(bench, is_streaming, 60);
}

void bench_give_secret(struct bench *bench)
{
    ck_assert_ok(bench,
                 bench->db->kit_secret(bench->engine, bench->subject->proxy,
                                       arena_printf(bench->arena, "/run/ece-%s/pgpass", "orders"),
                                       &bench->err));
}

void bench_arm(struct bench *bench, int64_t attempt)
{
    struct str kit CLEANUP(str_free) = STR_INIT;
    ck_assert_ok(bench,
                 bench->db->kit(bench->engine, ENGINE_FORTH, bench->arena, &kit, &bench->err));
    ck_assert_twice(
        bench, bench->proxy->install(bench->traffic, TRAFFIC_FORTH, str_text(&kit), &bench->err));
    bench_give_secret(bench);
    ck_assert_ok(bench, bench->db->cutover_prepare(bench->engine, ENGINE_FORTH, &bench->err));
    ck_assert_ok(bench, bench->proxy->arm(bench->traffic, attempt, &bench->err));
}

int service_contract_run(const struct service_subject *subject)
{
    static const struct {
        const char *name;
        void (*add)(TCase *tcase);
    } cases[] = {{"engine", service_contract_engine},
                 {"traffic", service_contract_traffic},
                 {"cut", service_contract_cut}};
    current = subject;
    Suite *suite = suite_create("service contract");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        TCase *tcase = tcase_create(cases[i].name);
        tcase_set_timeout(tcase, 180);
        cases[i].add(tcase);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
