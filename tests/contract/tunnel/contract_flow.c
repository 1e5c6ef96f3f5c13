/*
 * What happens to bytes on their way: a dead tunnel leaks nothing, a rebuilt one carries on, a
 * removed or expired one ends its flows at both ends before its guards go. And the lease: it runs
 * out, and it is renewed.
 */
#include "tests/contract/tunnel/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flow_wait {
    struct bench *bench;
    int64_t bytes;
    int same; /* looks in a row that found as many bytes as before */
};

static bool has_more_bytes(void *of)
{
    const struct flow_wait *wait = of;
    return wait->bench->subject->stream_bytes(wait->bench->subject->arg) > wait->bytes;
}

/* A quiet second: a busy machine may pause a running stream for less. */
static bool has_stalled(void *of)
{
    struct flow_wait *wait = of;
    int64_t bytes = wait->bench->subject->stream_bytes(wait->bench->subject->arg);
    wait->same = bytes == wait->bytes ? wait->same + 1 : 0;
    wait->bytes = bytes;
    return wait->same >= 10;
}

static bool is_over(void *of)
{
    const struct flow_wait *wait = of;
    return wait->bench->subject->stream_over(wait->bench->subject->arg);
}

static bool both_are_absent(void *of)
{
    const struct flow_wait *wait = of;
    bench_see(wait->bench);
    return wait->bench->seen.side[TUNNEL_SOURCE].state == TUNNEL_ABSENT &&
           wait->bench->seen.side[TUNNEL_TARGET].state == TUNNEL_ABSENT;
}

static void await(struct bench *bench, bool (*holds)(void *of), int64_t bytes, int limit_s)
{
    struct flow_wait wait = {.bench = bench, .bytes = bytes};
    ck_assert_msg(bench->subject->await(bench->subject->arg, holds, &wait, limit_s),
                  "not within %d s", limit_s);
}

static int64_t leaks(struct bench *bench)
{
    return bench->subject->stream_leaks(bench->subject->arg);
}

/* A tunnel with a stream that has moved a megabyte. */
static void open_streaming(struct bench *bench, int lease_s)
{
    bench_open(bench, (struct tunnel_setup){.lease_s = lease_s, .stream = true});
    if (!bench->subject->stream_start) {
        fprintf(stderr, "skipped: this subject has no stream\n");
        exit(0);
    }
    bench_up(bench);
    bench->subject->stream_start(bench->subject->arg);
    await(bench, has_more_bytes, 1 << 20, 20);
}

START_TEST(dead_tunnel_leaks_nothing_and_a_rebuilt_one_carries_on)
{
    struct bench b;
    open_streaming(&b, 120);
    bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_SOURCE);
    int64_t bytes = b.subject->stream_bytes(b.subject->arg);
    bench_up(&b);
    await(&b, has_more_bytes, bytes + (1 << 20), 30);
    bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_TARGET);
    bytes = b.subject->stream_bytes(b.subject->arg);
    bench_up(&b);
    await(&b, has_more_bytes, bytes + (1 << 20), 30);
    ck_assert_int_eq(leaks(&b), 0);
    bench_close(&b);
}
END_TEST

static bool has_leaked(void *of)
{
    return leaks(((const struct flow_wait *)of)->bench) > 0;
}

/* A counter that never counted proves nothing. */
START_TEST(without_rules_and_blackholes_the_leak_would_be_seen)
{
    struct bench b;
    open_streaming(&b, 120);
    bench_harm(&b, HARM_WATCHER_KILLED, TUNNEL_SOURCE);
    bench_harm(&b, HARM_ALL_RULES, TUNNEL_SOURCE);
    bench_harm(&b, HARM_BLACKHOLES, TUNNEL_SOURCE);
    bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_SOURCE);
    await(&b, has_leaked, 0, 20);
    bench_close(&b);
}
END_TEST

START_TEST(either_guard_alone_keeps_the_leak_shut)
{
    struct bench b;
    open_streaming(&b, 120);
    bench_harm(&b, _i == 0 ? HARM_HALF_THE_RULES : HARM_BLACKHOLES, TUNNEL_SOURCE);
    bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_SOURCE);
    int64_t bytes = b.subject->stream_bytes(b.subject->arg);
    bench_up(&b);
    await(&b, has_more_bytes, bytes + (1 << 20), 30);
    ck_assert_int_eq(leaks(&b), 0);
    bench_close(&b);
}
END_TEST

START_TEST(removed_under_a_stream_it_ends_both_ends_and_leaks_nothing)
{
    struct bench b;
    open_streaming(&b, 120);
    if (_i == 1)
        bench_harm(&b, HARM_DAEMON_KILLED, TUNNEL_SOURCE);
    bench_down(&b);
    await(&b, is_over, 0, 5);
    ck_assert_int_eq(leaks(&b), 0);
    bench_close(&b);
}
END_TEST

START_TEST(lease_that_nobody_renews_takes_all_away)
{
    struct bench b;
    bench_open(&b, (struct tunnel_setup){.lease_s = 8});
    const char *source = bench_snapshot(&b, TUNNEL_SOURCE);
    const char *target = bench_snapshot(&b, TUNNEL_TARGET);
    bench_up(&b);
    await(&b, both_are_absent, 0, 16);
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_SOURCE), source);
    ck_assert_str_eq(bench_snapshot(&b, TUNNEL_TARGET), target);
    ck_assert_ok(&b, b.ops->disprove(b.tunnel, &b.err));
    ck_assert_err(&b, b.ops->renew(b.tunnel, &b.err), ERR_REMOTE, "lease");
    bench_close(&b);
}
END_TEST

START_TEST(stream_whose_lease_runs_out_ends_and_leaks_nothing)
{
    struct bench b;
    open_streaming(&b, 8);
    await(&b, is_over, 0, 20);
    await(&b, both_are_absent, 0, 10);
    ck_assert_int_eq(leaks(&b), 0);
    bench_close(&b);
}
END_TEST

/* The watcher is the second line only: the packet filter itself forgets the flow. */
START_TEST(lease_runs_out_in_the_kernel_even_without_a_watcher)
{
    struct bench b;
    open_streaming(&b, 8);
    bench_harm(&b, HARM_WATCHER_KILLED, TUNNEL_SOURCE);
    bench_harm(&b, HARM_WATCHER_KILLED, TUNNEL_TARGET);
    await(&b, has_stalled, 0, 15);
    bench_see(&b);
    ck_assert_state(&b, TUNNEL_SOURCE, TUNNEL_PARTIAL);
    ck_assert_int_eq(b.seen.side[TUNNEL_SOURCE].lease_left_s, 0);
    bench_close(&b);
}
END_TEST

START_TEST(stream_flows_to_hosts_that_hear_no_icmp)
{
    struct bench b;
    bench_open(&b, (struct tunnel_setup){.lease_s = 120, .stream = true});
    bench_harm(&b, HARM_NO_ICMP, TUNNEL_SOURCE);
    bench_up(&b);
    b.subject->stream_start(b.subject->arg);
    await(&b, has_more_bytes, 1 << 20, 10);
    bench_close(&b);
}
END_TEST

START_TEST(nothing_but_the_flows_passes)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    bench_up(&b);
    ck_assert(b.subject->reaches(b.subject->arg, TUNNEL_TARGET, 5432));
    ck_assert(!b.subject->reaches(b.subject->arg, TUNNEL_TARGET, 22));
    ck_assert(!b.subject->reaches(b.subject->arg, TUNNEL_SOURCE, 22));
    bench_close(&b);
}
END_TEST

START_TEST(prepared_and_not_connected_passes_nothing)
{
    struct bench b;
    bench_open(&b, LONG_LEASE);
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_SOURCE, &b.err));
    ck_assert_ok(&b, b.ops->prepare(b.tunnel, TUNNEL_TARGET, &b.err));
    ck_assert(!b.subject->reaches(b.subject->arg, TUNNEL_TARGET, 5432));
    bench_close(&b);
}
END_TEST

static bool lease_is_below(void *of)
{
    const struct flow_wait *wait = of;
    bench_see(wait->bench);
    return wait->bench->seen.side[TUNNEL_SOURCE].lease_left_s < wait->bytes;
}

START_TEST(renewed_lease_begins_anew_and_the_stream_goes_on)
{
    struct bench b;
    open_streaming(&b, 10);
    for (int i = 0; i < 3; i++) {
        await(&b, lease_is_below, 6, 10);
        ck_assert_ok(&b, b.ops->renew(b.tunnel, &b.err));
        bench_see(&b);
        ck_assert_int_ge(b.seen.side[TUNNEL_SOURCE].lease_left_s, 9);
        ck_assert_int_ge(b.seen.side[TUNNEL_TARGET].lease_left_s, 9);
        await(&b, has_more_bytes, b.subject->stream_bytes(b.subject->arg), 5);
    }
    ck_assert(!b.subject->stream_over(b.subject->arg));
    bench_close(&b);
}
END_TEST

void tunnel_contract_flow(TCase *tcase)
{
    bench_add(tcase, dead_tunnel_leaks_nothing_and_a_rebuilt_one_carries_on, 1);
    bench_add(tcase, either_guard_alone_keeps_the_leak_shut, 2);
    bench_add(tcase, removed_under_a_stream_it_ends_both_ends_and_leaks_nothing, 2);
    bench_add(tcase, lease_that_nobody_renews_takes_all_away, 1);
    bench_add(tcase, stream_whose_lease_runs_out_ends_and_leaks_nothing, 1);
    bench_add(tcase, lease_runs_out_in_the_kernel_even_without_a_watcher, 1);
    bench_add(tcase, stream_flows_to_hosts_that_hear_no_icmp, 1);
    bench_add(tcase, nothing_but_the_flows_passes, 1);
    bench_add(tcase, prepared_and_not_connected_passes_nothing, 1);
    bench_add(tcase, renewed_lease_begins_anew_and_the_stream_goes_on, 1);
}

void tunnel_contract_unguarded(TCase *tcase)
{
    bench_add(tcase, without_rules_and_blackholes_the_leak_would_be_seen, 1);
}
