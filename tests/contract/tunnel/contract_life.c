/*
 * The undisturbed life of a tunnel: up, up again, proven, renewed, down, down again, and nothing
 * left.
 */
#include "tests/contract/tunnel/contract.h"

#include <string.h>

START_TEST(gateways_without_a_tunnel_are_seen_as_absent)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    bench_see(&b);
    ck_assert_state(&b, TUNNEL_SOURCE, TUNNEL_ABSENT);
    ck_assert_state(&b, TUNNEL_TARGET, TUNNEL_ABSENT);
    ck_assert_str_eq(b.seen.side[TUNNEL_SOURCE].public_key, "");
    ck_assert_int_eq(b.seen.side[TUNNEL_SOURCE].lease_left_s, -1);
    ck_assert(!b.seen.peers_match);
    bench_close(&b);
}
END_TEST

START_TEST(check_blocks_nothing_on_good_gateways)
{
    struct bench b;
    struct findings found;
    bench_open(&b, LONG_LEASE);
    findings_init(&found, b.arena);
    ck_assert_ok(&b, b.ops->check(b.tunnel, &found, &b.err));
    ck_assert_uint_gt(findings_count(&found, FINDING_PASS), 10);
    for (size_t i = 0; i < found.len; i++)
        ck_assert_msg(found.item[i].level != FINDING_BLOCK, "%s: %s: %s", found.item[i].object,
                      found.item[i].check, found.item[i].text);
    bench_close(&b);
}
END_TEST

START_TEST(dry_run_changes_nothing)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    const char *before = bench_snapshot(&b, TUNNEL_SOURCE);
    b.subject->set_mode(b.subject->arg, WORLD_READ);
    ck_assert_err(&b, b.ops->prepare(b.tunnel, TUNNEL_SOURCE, &b.err), ERR_DRY, "");
    ck_assert_err(&b, b.ops->connect(b.tunnel, &b.err), ERR_DRY, "");
    ck_assert_err(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err), ERR_DRY, "");
    ck_assert_err(&b, b.ops->renew(b.tunnel, &b.err), ERR_DRY, "");
    ck_assert_err(&b, b.ops->remove(b.tunnel, TUNNEL_SOURCE, &b.err), ERR_DRY, "");
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_SOURCE), before);
    b.subject->set_mode(b.subject->arg, WORLD_CHANGE);
    bench_close(&b);
}
END_TEST

START_TEST(prepared_side_has_a_key_and_a_lease_and_no_peer)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_SOURCE, &b.err));
    bench_see(&b);
    ck_assert_state(&b, TUNNEL_SOURCE, TUNNEL_PREPARED);
    ck_assert_state(&b, TUNNEL_TARGET, TUNNEL_ABSENT);
    const struct tunnel_side_seen *side = &b.seen.side[TUNNEL_SOURCE];
    ck_assert_str_ne(side->public_key, "");
    ck_assert_str_eq(side->peer_key, "");
    ck_assert_int_gt(side->lease_left_s, 100);
    ck_assert_int_eq(side->handshake_age_s, -1);
    bench_close(&b);
}
END_TEST

START_TEST(prepare_twice_keeps_the_key)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_SOURCE, &b.err));
    bench_see(&b);
    const char *key = b.seen.side[TUNNEL_SOURCE].public_key;
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_SOURCE, &b.err));
    bench_see(&b);
    ck_assert_str_eq(b.seen.side[TUNNEL_SOURCE].public_key, key);
    bench_close(&b);
}
END_TEST

START_TEST(connect_needs_both_sides_prepared)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_TARGET, &b.err));
    ck_assert_err(&b, b.ops->connect(b.tunnel, &b.err), ERR_REMOTE, "not prepared");
    bench_close(&b);
}
END_TEST

START_TEST(connected_tunnel_proves_itself)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    bench_see(&b);
    ck_assert_state(&b, TUNNEL_SOURCE, TUNNEL_PEERED);
    ck_assert_state(&b, TUNNEL_TARGET, TUNNEL_PEERED);
    ck_assert(b.seen.peers_match);
    ck_assert_ok(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err));
    ck_assert_int_ge(proof.bytes_forth, 1 << 20);
    ck_assert_int_ge(proof.bytes_back, 1 << 20);
    ck_assert_int_gt(proof.rate_forth, 0);
    ck_assert_int_gt(proof.rate_back, 0);
    ck_assert_int_gt(proof.rtt_us, 0);
    ck_assert_int_eq(proof.path_mtu, 1280);
    ck_assert_int_ge(proof.handshake_age_s, 0);
    ck_assert_str_ne(proof.cipher, "");
    bench_close(&b);
}
END_TEST

START_TEST(connect_twice_changes_nothing)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    bench_see(&b);
    const char *key = b.seen.side[TUNNEL_SOURCE].public_key;
    bench_up(&b);
    bench_see(&b);
    ck_assert_str_eq(b.seen.side[TUNNEL_SOURCE].public_key, key);
    ck_assert_state(&b, TUNNEL_TARGET, TUNNEL_PEERED);
    ck_assert_ok(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err));
    bench_close(&b);
}
END_TEST

START_TEST(removed_tunnel_leaves_both_gateways_as_they_were)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    const char *source = bench_snapshot(&b, TUNNEL_SOURCE);
    const char *target = bench_snapshot(&b, TUNNEL_TARGET);
    bench_up(&b);
    ck_assert_str_ne(bench_snapshot(&b, TUNNEL_SOURCE), source);
    ck_assert_str_ne(bench_snapshot(&b, TUNNEL_TARGET), target);
    ck_assert_ok(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err));
    bench_down(&b);
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_SOURCE), source);
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_TARGET), target);
    ck_assert_ok(&b, b.ops->disprove(b.tunnel, &b.err));
    bench_close(&b);
}
END_TEST

START_TEST(disprove_refuses_while_something_is_there)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    ck_assert_err(&b, b.ops->disprove(b.tunnel, &b.err), ERR_REFUSED, "still");
    ck_assert_ok(&b, b.ops->remove(b.tunnel, TUNNEL_SOURCE, &b.err));
    ck_assert_err(&b, b.ops->disprove(b.tunnel, &b.err), ERR_REFUSED, "still");
    ck_assert_ok(&b, b.ops->remove(b.tunnel, TUNNEL_TARGET, &b.err));
    ck_assert_ok(&b, b.ops->disprove(b.tunnel, &b.err));
    bench_close(&b);
}
END_TEST

/* No port is open and no flow passes, yet most of it is there. */
START_TEST(disprove_refuses_the_rest_of_a_dead_tunnel)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_SOURCE);
    bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_TARGET);
    ck_assert_err(&b, b.ops->disprove(b.tunnel, &b.err), ERR_REFUSED, "still has");
    bench_close(&b);
}
END_TEST

START_TEST(disprove_refuses_a_flow_that_passes_without_a_tunnel)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    ck_assert_ok(&b, b.ops->disprove(b.tunnel, &b.err));
    bench_harm(&b, HARM_BYPASS, TUNNEL_TARGET);
    ck_assert_err(&b, b.ops->disprove(b.tunnel, &b.err), ERR_REFUSED, "still reaches");
    bench_close(&b);
}
END_TEST

START_TEST(remove_twice_is_fine)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    bench_down(&b);
    bench_down(&b);
    bench_see(&b);
    ck_assert_state(&b, TUNNEL_SOURCE, TUNNEL_ABSENT);
    ck_assert_state(&b, TUNNEL_TARGET, TUNNEL_ABSENT);
    bench_close(&b);
}
END_TEST

START_TEST(snapshot_of_an_idle_gateway_is_stable)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    const char *first = bench_snapshot(&b, TUNNEL_TARGET);
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(bench_snapshot(&b, TUNNEL_TARGET), first);
    bench_close(&b);
}
END_TEST

void tunnel_contract_life(TCase *tcase)
{
    bench_add(tcase, gateways_without_a_tunnel_are_seen_as_absent, 1);
    bench_add(tcase, check_blocks_nothing_on_good_gateways, 1);
    bench_add(tcase, dry_run_changes_nothing, 1);
    bench_add(tcase, prepared_side_has_a_key_and_a_lease_and_no_peer, 1);
    bench_add(tcase, prepare_twice_keeps_the_key, 1);
    bench_add(tcase, connect_needs_both_sides_prepared, 1);
    bench_add(tcase, connected_tunnel_proves_itself, 1);
    bench_add(tcase, connect_twice_changes_nothing, 1);
    bench_add(tcase, removed_tunnel_leaves_both_gateways_as_they_were, 1);
    bench_add(tcase, disprove_refuses_while_something_is_there, 1);
    bench_add(tcase, disprove_refuses_the_rest_of_a_dead_tunnel, 1);
    bench_add(tcase, disprove_refuses_a_flow_that_passes_without_a_tunnel, 1);
    bench_add(tcase, remove_twice_is_fine, 1);
    bench_add(tcase, snapshot_of_an_idle_gateway_is_stable, 1);
}
