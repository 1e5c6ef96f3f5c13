/* What the traffic driver must keep, and the cut, which needs both drivers. */
#include <string.h>

#include "tests/contract/service/contract.h"

static void assert_clients_at(struct bench *bench, enum traffic_points points)
{
    bench_see(bench);
    ck_assert_int_eq(bench->clients.configured, points);
    ck_assert_int_eq(bench->clients.active, points);
    ck_assert(!bench->clients.held);
}

START_TEST(a_guard_that_is_not_there_is_removed_without_complaint)
{
    struct bench bench;
    bench_open(&bench);
    ck_assert_twice(&bench, bench.proxy->remove(bench.traffic, &bench.err));
    ck_assert_twice(&bench, bench.proxy->disarm(bench.traffic, &bench.err));
    assert_clients_at(&bench, TRAFFIC_AT_SOURCE);
    ck_assert(!bench.clients.installed);
    ck_assert(!bench.clients.guard_alive);
    ck_assert_int_eq(bench.clients.attempt, 0);
    bench_close(&bench);
}
END_TEST

START_TEST(a_guard_that_is_armed_and_let_go_leaves_the_clients_at_the_source)
{
    struct bench bench;
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    bench_open(&bench);
    bench_follow(&bench);
    bench_arm(&bench, 1);
    bench_see(&bench);
    ck_assert(bench.clients.installed);
    ck_assert(bench.clients.guard_alive);
    ck_assert_int_eq(bench.clients.attempt, 1);
    ck_assert_int_eq(bench.clients.decision, TRAFFIC_UNDECIDED);
    ck_assert_twice(&bench, bench.proxy->disarm(bench.traffic, &bench.err));
    assert_clients_at(&bench, TRAFFIC_AT_SOURCE);
    ck_assert(!bench.clients.guard_alive);
    ck_assert_int_eq(bench.seen.source.server, ENGINE_PRIMARY);
    ck_assert(!bench.seen.source.fenced);
    /* Nobody decided: whoever finishes it goes back. */
    for (int time = 0; time < 2; time++) {
        bench_give_secret(&bench);
        ck_assert_ok(&bench, bench.proxy->finish(bench.traffic, bench.arena, &outcome, &bench.err));
    }
    bench_see(&bench);
    ck_assert_msg(outcome == TRAFFIC_RETURNED, "outcome %d: %s", (int)outcome,
                  bench.clients.reason);
    assert_clients_at(&bench, TRAFFIC_AT_SOURCE);
    ck_assert_int_eq(bench.clients.decision, TRAFFIC_CALL_OFF);
    ck_assert_int_eq(bench.clients.outcome, TRAFFIC_RETURNED);
    ck_assert_str_ne(bench.clients.reason, "");
    ck_assert(!bench.seen.source.fenced);
    bench_close(&bench);
}
END_TEST

START_TEST(no_guard_is_put_into_a_world_that_may_not_change)
{
    struct bench bench;
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    bench_open(&bench);
    bench.subject->set_mode(bench.subject->arg, WORLD_READ);
    ck_assert_dry(&bench,
                  bench.proxy->install(bench.traffic, TRAFFIC_FORTH, "engine=x\n", &bench.err));
    ck_assert_dry(&bench, bench.proxy->arm(bench.traffic, 1, &bench.err));
    ck_assert_dry(&bench, bench.proxy->finish(bench.traffic, bench.arena, &outcome, &bench.err));
    bench_see(&bench);
    ck_assert(!bench.clients.installed);
    bench_close(&bench);
}
END_TEST

void service_contract_traffic(TCase *tcase)
{
    tcase_add_test(tcase, a_guard_that_is_not_there_is_removed_without_complaint);
    tcase_add_test(tcase, a_guard_that_is_armed_and_let_go_leaves_the_clients_at_the_source);
    tcase_add_test(tcase, no_guard_is_put_into_a_world_that_may_not_change);
}

static void assert_switched(struct bench *bench)
{
    assert_clients_at(bench, TRAFFIC_AT_TARGET);
    ck_assert_int_eq(bench->clients.decision, TRAFFIC_COMMIT);
    ck_assert_int_eq(bench->clients.outcome, TRAFFIC_SWITCHED);
    ck_assert_str_ne(bench->clients.final_position, "");
    ck_assert_int_eq(bench->seen.target.server, ENGINE_PRIMARY);
    ck_assert(bench->seen.source.fenced);
}

static void retire(struct bench *bench)
{
    ck_assert_twice(bench, bench->db->source_retire(bench->engine, &bench->err));
    ck_assert_twice(bench, bench->db->target_release(bench->engine, &bench->err));
    ck_assert_twice(bench, bench->proxy->remove(bench->traffic, &bench->err));
    assert_clients_at(bench, TRAFFIC_AT_TARGET);
    ck_assert(!bench->clients.installed);
    ck_assert_int_eq(bench->seen.source.server, ENGINE_DOWN);
    ck_assert_int_eq(bench->seen.target.access, ENGINE_ABSENT);
    ck_assert_int_eq(bench->seen.target.server, ENGINE_PRIMARY);
}

START_TEST(a_cut_moves_the_clients_and_both_sides_are_equal_at_it)
{
    struct bench bench;
    enum traffic_outcome outcome = TRAFFIC_NO_OUTCOME;
    const char *const *snapshots = NULL;
    struct engine_comparison found = {0};
    bench_open(&bench);
    bench_follow(&bench);
    bench_arm(&bench, 1);
    ck_assert_ok(&bench, bench.proxy->cut(bench.traffic, NULL, NULL, bench.arena, &outcome,
                                          &snapshots, &bench.err));
    bench_see(&bench);
    ck_assert_msg(outcome == TRAFFIC_SWITCHED, "outcome %d: %s", (int)outcome,
                  bench.clients.reason);
    assert_switched(&bench);
    ck_assert_ptr_nonnull(snapshots);
    ck_assert_ptr_nonnull(strchr(snapshots[0], '='));
    ck_assert_ok(&bench, bench.db->compare_final(bench.engine, ENGINE_FORTH, snapshots, bench.arena,
                                                 &found, &bench.err));
    ck_assert_msg(found.equal, "%s", found.what);
    /* A decided attempt whose guard is gone only ever goes forward. */
    ck_assert_twice(&bench, bench.proxy->disarm(bench.traffic, &bench.err));
    bench_give_secret(&bench);
    ck_assert_ok(&bench, bench.proxy->finish(bench.traffic, bench.arena, &outcome, &bench.err));
    bench_see(&bench);
    ck_assert_msg(outcome == TRAFFIC_SWITCHED, "outcome %d: %s", (int)outcome,
                  bench.clients.reason);
    assert_switched(&bench);
    retire(&bench);
    bench.subject->close(bench.subject->arg);
    arena_free(bench.arena);
}
END_TEST

void service_contract_cut(TCase *tcase)
{
    tcase_add_test(tcase, a_cut_moves_the_clients_and_both_sides_are_equal_at_it);
}
