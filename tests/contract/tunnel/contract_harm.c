/*
 * From every half-destroyed state there are two ways: prepare and connect make the tunnel whole,
 * and remove leaves nothing. One pair of tests for each harm.
 */
#include "tests/contract/tunnel/contract.h"

#include <string.h>

static const enum tunnel_harm harms[] = {
    HARM_DAEMON_KILLED, HARM_LINK_DELETED,   HARM_HALF_THE_RULES, HARM_ALL_RULES,
    HARM_BLACKHOLES,    HARM_WATCHER_KILLED, HARM_FILES,          HARM_REBOOT,
};

static void heals_on(enum tunnel_harm harm, enum tunnel_side side)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    bench_see(&b);
    const char *key = b.seen.side[side].public_key;
    bench_harm(&b, harm, side);
    bench_see(&b);
    ck_assert_state(&b, side, harm == HARM_REBOOT ? TUNNEL_ABSENT : TUNNEL_PARTIAL);
    if (harm != HARM_REBOOT)
        ck_assert_str_ne(b.seen.side[side].missing, "");
    bench_up(&b);
    bench_see(&b);
    ck_assert_state(&b, TUNNEL_SOURCE, TUNNEL_PEERED);
    ck_assert_state(&b, TUNNEL_TARGET, TUNNEL_PEERED);
    ck_assert(b.seen.peers_match);
    ck_assert_str_ne(b.seen.side[side].public_key, key);
    ck_assert_ok(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err));
    bench_close(&b);
}

START_TEST(harmed_source_is_made_whole)
{
    heals_on(harms[_i], TUNNEL_SOURCE);
}
END_TEST

START_TEST(harmed_target_is_made_whole)
{
    heals_on(harms[_i], TUNNEL_TARGET);
}
END_TEST

START_TEST(harmed_gateway_is_cleaned)
{
    struct bench b;
    enum tunnel_side side = _i % 2 ? TUNNEL_SOURCE : TUNNEL_TARGET;
    bench_open(&b, LONG_LEASE);
    const char *before = bench_snapshot(&b, side);
    bench_up(&b);
    bench_harm(&b, harms[_i], side);
    bench_down(&b);
    ck_assert_str_eq(bench_snapshot(&b, side), before);
    ck_assert_ok(&b, b.ops->disprove(b.tunnel, &b.err));
    bench_close(&b);
}
END_TEST

START_TEST(remove_after_prepare_alone_leaves_nothing)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    const char *before = bench_snapshot(&b, TUNNEL_TARGET);
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_TARGET, &b.err));
    bench_down(&b);
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_TARGET), before);
    bench_close(&b);
}
END_TEST

void tunnel_contract_harm(TCase *tcase)
{
    bench_add(tcase, harmed_source_is_made_whole, (int)ARRAY_LEN(harms));
    bench_add(tcase, harmed_target_is_made_whole, (int)ARRAY_LEN(harms));
    bench_add(tcase, harmed_gateway_is_cleaned, (int)ARRAY_LEN(harms));
    bench_add(tcase, remove_after_prepare_alone_leaves_nothing, 1);
}
