/*
 * The bench that the suite's tests stand on, and its run; see contract.h. Each test runs in a
 * process of its own and begins by taking away whatever the one before may have left when it
 * failed.
 */
#include "tests/contract/tunnel/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Check's tests take no argument. */
static const struct tunnel_subject *current;

static const char *const harm_name[] = {
    [HARM_DAEMON_KILLED] = "daemon killed",
    [HARM_LINK_DELETED] = "link deleted",
    [HARM_HALF_THE_RULES] = "half the rules",
    [HARM_ALL_RULES] = "all rules",
    [HARM_BLACKHOLES] = "blackholes",
    [HARM_WATCHER_KILLED] = "watcher killed",
    [HARM_FILES] = "files",
    [HARM_REBOOT] = "reboot",
    [HARM_PORT_BLOCKED] = "port blocked",
    [HARM_BLACK_HOLE] = "black hole",
    [HARM_WRONG_KEY] = "wrong key",
    [HARM_SERVICE_CLOSED] = "service closed",
    [HARM_FOREIGN_LINK] = "foreign link",
    [HARM_FOREIGN_RULES] = "foreign rules",
    [HARM_FOREIGN_PORT] = "foreign port",
    [HARM_POLICY_DROP] = "policy drop",
    [HARM_NO_FORWARDING] = "no forwarding",
    [HARM_STRICT_RP_FILTER] = "strict rp_filter",
    [HARM_BYPASS] = "bypass",
    [HARM_NO_ICMP] = "no ICMP",
};

void bench_add(TCase *tcase, const TTest *test, int times)
{
    const char *only = getenv("ECE_CONTRACT_TEST");
    if (!only || strstr(test->name, only))
        tcase_add_loop_test(tcase, test, 0, times);
}

void bench_open(struct bench *bench, struct tunnel_setup setup)
{
    *bench = (struct bench){.subject = current, .arena = arena_new(), .err = ERR_INIT};
    bench->tunnel = current->open(current->arg, &setup);
    bench->ops = bench->tunnel->ops;
    current->heal(current->arg);
    bench_down(bench);
}

void bench_close(struct bench *bench)
{
    current->heal(current->arg);
    bench_down(bench);
    current->close(current->arg, bench->tunnel);
    arena_free(bench->arena);
}

void bench_need(const struct bench *bench, enum tunnel_harm harm)
{
    if (bench->subject->can(bench->subject->arg, harm))
        return;
    fprintf(stderr, "skipped: this subject knows no harm '%s'\n", harm_name[harm]);
    exit(0);
}

void bench_harm(struct bench *bench, enum tunnel_harm harm, enum tunnel_side side)
{
    bench_need(bench, harm);
    bench->subject->harm(bench->subject->arg, harm, side);
}

void bench_see(struct bench *bench)
{
    ck_assert_ok(bench, bench->ops->see(bench->tunnel, bench->arena, &bench->seen, &bench->err));
}

void bench_up(struct bench *bench)
{
    ck_assert_ok(bench, bench->ops->prepare(bench->tunnel, TUNNEL_SOURCE, &bench->err));
    ck_assert_ok(bench, bench->ops->prepare(bench->tunnel, TUNNEL_TARGET, &bench->err));
    ck_assert_ok(bench, bench->ops->connect(bench->tunnel, &bench->err));
}

void bench_down(struct bench *bench)
{
    ck_assert_ok(bench, bench->ops->remove(bench->tunnel, TUNNEL_SOURCE, &bench->err));
    ck_assert_ok(bench, bench->ops->remove(bench->tunnel, TUNNEL_TARGET, &bench->err));
}

const char *bench_snapshot(struct bench *bench, enum tunnel_side side)
{
    const char *text;
    ck_assert_ok(bench,
                 bench->ops->snapshot(bench->tunnel, side, bench->arena, &text, &bench->err));
    return text;
}

static void add_case(Suite *suite, const char *name, void (*add)(TCase *tcase))
{
    TCase *tcase = tcase_create(name);
    add(tcase);
    tcase_set_timeout(tcase, 180);
    suite_add_tcase(suite, tcase);
}

int tunnel_contract_run(const struct tunnel_subject *subject)
{
    current = subject;
    Suite *suite = suite_create("tunnel contract");
    add_case(suite, "life", tunnel_contract_life);
    add_case(suite, "harm", tunnel_contract_harm);
    add_case(suite, "trouble", tunnel_contract_trouble);
    add_case(suite, "flow", tunnel_contract_flow);
    add_case(suite, "unguarded", tunnel_contract_unguarded);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
