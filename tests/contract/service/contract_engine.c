/* What the engine must keep, slot by slot. */
#include "tests/contract/service/contract.h"

#include <string.h>

START_TEST(what_is_not_there_is_taken_away_without_complaint)
{
    struct bench bench;
    bench_open(&bench);
    bench_see(&bench);
    ck_assert_int_eq(bench.seen.source.server, ENGINE_PRIMARY);
    ck_assert_int_eq(bench.seen.source.access, ENGINE_ABSENT);
    ck_assert_int_eq(bench.seen.source.slot, ENGINE_ABSENT);
    ck_assert(!bench.seen.source.fenced);
    ck_assert_int_eq(bench.seen.target.server, ENGINE_DOWN);
    ck_assert_int_eq(bench.seen.target.copy, ENGINE_COPY_NONE);
    ck_assert_twice(&bench, bench.db->copy_clear(bench.engine, &bench.err));
    ck_assert_twice(&bench, bench.db->slot_drop(bench.engine, &bench.err));
    bench_close(&bench);
}
END_TEST

START_TEST(access_comes_and_goes_and_leaves_the_configuration_as_it_was)
{
    struct bench bench;
    bench_open(&bench);
    bench_see(&bench);
    const char *before = arena_strdup(bench.arena, bench.seen.source.config_hash);
    ck_assert_twice(&bench, bench.db->grant(bench.engine, &bench.err));
    bench_see(&bench);
    ck_assert_int_eq(bench.seen.source.access, ENGINE_PRESENT);
    ck_assert_int_eq(bench.seen.source.slot, ENGINE_PRESENT);
    ck_assert_int_eq(bench.seen.target.access, ENGINE_PRESENT);
    ck_assert_str_eq(bench.seen.source.config_hash, before);
    ck_assert_twice(&bench, bench.db->target_abandon(bench.engine, &bench.err));
    ck_assert_twice(&bench, bench.db->revoke(bench.engine, &bench.err));
    bench_see(&bench);
    ck_assert_int_eq(bench.seen.source.access, ENGINE_ABSENT);
    ck_assert_int_eq(bench.seen.source.slot, ENGINE_ABSENT);
    ck_assert_int_eq(bench.seen.target.access, ENGINE_ABSENT);
    ck_assert_str_eq(bench.seen.source.config_hash, before);
    bench_close(&bench);
}
END_TEST

static bool canary_7_arrived(const struct bench *bench)
{
    return bench->seen.target.canary == 7;
}

static bool all_is_applied(const struct bench *bench)
{
    return bench->seen.lag_bytes == 0 ||
           (bench->seen.lag_bytes > 0 && bench->seen.lag_bytes < 1 << 20);
}

/* grant makes it anew. */
static void let_go_of_the_slot(struct bench *bench)
{
    ck_assert_twice(bench, bench->db->slot_drop(bench->engine, &bench->err));
    bench_see(bench);
    ck_assert_int_eq(bench->seen.source.slot, ENGINE_ABSENT);
    ck_assert_int_eq(bench->seen.source.access, ENGINE_PRESENT);
    ck_assert_ok(bench, bench->db->grant(bench->engine, &bench->err));
    bench_see(bench);
    ck_assert_int_eq(bench->seen.source.slot, ENGINE_PRESENT);
}

START_TEST(a_copy_becomes_a_standby_that_streams_until_its_slot_is_let_go)
{
    struct bench bench;
    bench_open(&bench);
    bench_follow(&bench);
    ck_assert_int_eq(bench.seen.target.server, ENGINE_STANDBY);
    ck_assert_int_eq(bench.seen.source.server, ENGINE_PRIMARY);
    /* What holds already is not done again. */
    ck_assert_ok(&bench, bench.db->copy_start(bench.engine, &bench.err));
    ck_assert_ok(&bench, bench.db->follow_start(bench.engine, &bench.err));
    bench_see(&bench);
    ck_assert_int_eq(bench.seen.target.copy, ENGINE_COPY_DONE);
    ck_assert_int_eq(bench.seen.target.server, ENGINE_STANDBY);
    ck_assert_twice(&bench, bench.db->canary_write(bench.engine, 7, &bench.err));
    bench_await(&bench, canary_7_arrived, 30);
    bench_await(&bench, all_is_applied, 30);
    ck_assert_ok(&bench, bench.db->follow_kick(bench.engine, &bench.err));
    ck_assert_ok(&bench, bench.db->canary_write(bench.engine, 8, &bench.err));
    struct engine_comparison found = {0};
    ck_assert_ok(&bench, bench.db->compare_live(bench.engine, bench.arena, &found, &bench.err));
    ck_assert_msg(found.equal, "%s", found.what);
    ck_assert_int_gt(found.tables, 0);
    let_go_of_the_slot(&bench);
    bench_close(&bench);
}
END_TEST

START_TEST(nothing_is_changed_in_a_world_that_may_not_change)
{
    struct bench bench;
    bench_open(&bench);
    const struct {
        const char *name;
        int (*slot)(struct engine *engine, struct err *err);
    } slots[] = {
        {"grant", bench.db->grant},
        {"copy_start", bench.db->copy_start},

    };
    bench.subject->set_mode(bench.subject->arg, WORLD_READ);
    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        ck_assert_dry(&bench, slots[i].slot(bench.engine, &bench.err));
    bench_see(&bench);
    ck_assert_int_eq(bench.seen.source.access, ENGINE_ABSENT);
    ck_assert_int_eq(bench.seen.target.copy, ENGINE_COPY_NONE);
    bench_close(&bench);
}
END_TEST

void service_contract_engine(TCase *tcase)
{
    tcase_add_test(tcase, what_is_not_there_is_taken_away_without_complaint);
    tcase_add_test(tcase, access_comes_and_goes_and_leaves_the_configuration_as_it_was);
    tcase_add_test(tcase, a_copy_becomes_a_standby_that_streams_until_its_slot_is_let_go);
    tcase_add_test(tcase, nothing_is_changed_in_a_world_that_may_not_change);
}
