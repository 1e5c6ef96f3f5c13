/*
 * A tunnel that cannot work says why, and what is not ours is left alone.
 */
#include "tests/contract/tunnel/contract.h"

#include <string.h>

static void proof_fails(enum tunnel_harm harm, enum tunnel_side side, const char *before_up,
                        const char *part)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    if (before_up)
        bench_harm(&b, harm, side);
    bench_up(&b);
    if (!before_up)
        bench_harm(&b, harm, side);
    ck_assert_err(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err), ERR_UNREACHABLE, part);
    bench_close(&b);
}

START_TEST(blocked_port_at_the_source_is_named)
{
    proof_fails(HARM_PORT_BLOCKED, TUNNEL_SOURCE, "before", "blocked");
}
END_TEST

START_TEST(blocked_port_at_the_target_is_named)
{
    proof_fails(HARM_PORT_BLOCKED, TUNNEL_TARGET, "before", "blocked");
}
END_TEST

START_TEST(port_that_is_blocked_later_is_named)
{
    proof_fails(HARM_PORT_BLOCKED, TUNNEL_SOURCE, NULL, "blocked");
}
END_TEST

START_TEST(wrong_key_is_named)
{
    proof_fails(HARM_WRONG_KEY, TUNNEL_TARGET, NULL, "wrong key");
}
END_TEST

START_TEST(black_hole_is_named_with_its_size)
{
    proof_fails(HARM_BLACK_HOLE, TUNNEL_SOURCE, NULL, "black hole above 10");
}
END_TEST

START_TEST(closed_service_port_is_named)
{
    proof_fails(HARM_SERVICE_CLOSED, TUNNEL_SOURCE, NULL, "service port is closed");
}
END_TEST

static void check_blocks(enum tunnel_harm harm, enum tunnel_side side, const char *check)
{
    struct bench b;
    struct findings found;
    bool blocked = false;
    bench_open(&b, LONG_LEASE);
    bench_harm(&b, harm, side);
    findings_init(&found, b.arena);
    ck_assert_ok(&b, b.ops->check(b.tunnel, &found, &b.err));
    for (size_t i = 0; i < found.len; i++) {
        if (found.item[i].level != FINDING_BLOCK)
            continue;
        ck_assert_str_eq(found.item[i].check, check);
        ck_assert_str_ne(found.item[i].remedy, "");
        blocked = true;
    }
    ck_assert(blocked);
    bench_close(&b);
}

START_TEST(base_chain_that_drops_by_policy_blocks)
{
    check_blocks(HARM_POLICY_DROP, TUNNEL_TARGET, "tunnel_base_chains");
}
END_TEST

START_TEST(gateway_that_forwards_nothing_blocks)
{
    check_blocks(HARM_NO_FORWARDING, TUNNEL_SOURCE, "tunnel_forwarding");
}
END_TEST

START_TEST(port_that_somebody_else_has_blocks)
{
    check_blocks(HARM_FOREIGN_PORT, TUNNEL_SOURCE, "tunnel_foreign");
}
END_TEST

START_TEST(name_that_somebody_else_has_blocks)
{
    check_blocks(HARM_FOREIGN_LINK, TUNNEL_TARGET, "tunnel_foreign");
}
END_TEST

static void stays_untouched(enum tunnel_harm harm)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    bench_harm(&b, harm, TUNNEL_SOURCE);
    const char *before = bench_snapshot(&b, TUNNEL_SOURCE);
    bench_see(&b);
    ck_assert_str_ne(b.seen.side[TUNNEL_SOURCE].foreign, "");
    ck_assert_err(&b, b.ops->prepare(b.tunnel, TUNNEL_SOURCE, &b.err), ERR_FOREIGN, "");
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_SOURCE), before);
    if (harm != HARM_FOREIGN_PORT) {
        ck_assert_err(&b, b.ops->remove(b.tunnel, TUNNEL_SOURCE, &b.err), ERR_FOREIGN, "not ours");
        ck_assert_str_eq(bench_snapshot(&b, TUNNEL_SOURCE), before);
    }
    bench_close(&b);
}

START_TEST(foreign_link_is_never_touched)
{
    stays_untouched(HARM_FOREIGN_LINK);
}
END_TEST

START_TEST(foreign_rules_are_never_touched)
{
    stays_untouched(HARM_FOREIGN_RULES);
}
END_TEST

START_TEST(foreign_port_is_left_to_its_owner)
{
    stays_untouched(HARM_FOREIGN_PORT);
}
END_TEST

START_TEST(strict_reverse_path_filter_is_no_obstacle)
{
    struct bench b;
    struct tunnel_proof proof;
    bench_open(&b, LONG_LEASE);
    bench_harm(&b, HARM_STRICT_RP_FILTER, TUNNEL_SOURCE);
    bench_harm(&b, HARM_STRICT_RP_FILTER, TUNNEL_TARGET);
    bench_up(&b);
    ck_assert_ok(&b, b.ops->prove(b.tunnel, b.arena, &proof, &b.err));
    bench_close(&b);
}
END_TEST

void tunnel_contract_trouble(TCase *tcase)
{
    bench_add(tcase, blocked_port_at_the_source_is_named, 1);
    bench_add(tcase, blocked_port_at_the_target_is_named, 1);
    bench_add(tcase, port_that_is_blocked_later_is_named, 1);
    bench_add(tcase, wrong_key_is_named, 1);
    bench_add(tcase, black_hole_is_named_with_its_size, 1);
    bench_add(tcase, closed_service_port_is_named, 1);
    bench_add(tcase, base_chain_that_drops_by_policy_blocks, 1);
    bench_add(tcase, gateway_that_forwards_nothing_blocks, 1);
    bench_add(tcase, port_that_somebody_else_has_blocks, 1);
    bench_add(tcase, name_that_somebody_else_has_blocks, 1);
    bench_add(tcase, foreign_link_is_never_touched, 1);
    bench_add(tcase, foreign_rules_are_never_touched, 1);
    bench_add(tcase, foreign_port_is_left_to_its_owner, 1);
    bench_add(tcase, strict_reverse_path_filter_is_no_obstacle, 1);
}
