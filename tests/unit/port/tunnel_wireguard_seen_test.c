/*
 * How far a gateway is, judged from a reply: every part that may be missing, one at a time.
 */
#include "steps/port/tunnel/wireguard_seen.h"
#include "tests/unit/unit.h"

#include "base/str.h"

static const struct wireguard_want want = {.address = "169.254.77.1",
                                           .mtu = 1280,
                                           .port = 51820,
                                           .remotes = 1,
                                           .flows = 2,
                                           .peer_route = true};

static const char *const peered[] = {
    "link=present", "kind=userspace", "up=yes",         "mtu=1280",        "address=169.254.77.1",
    "key=KEYA=",    "listen=51820",   "peer=KEYB=",     "handshake_age=3", "rx=100",
    "tx=200",       "table=present",  "rules=whole",    "open=2",          "outer_in=9",
    "blackholes=2", "routes=1",       "peer_route=yes", "run=yes",         "watcher=yes",
    "daemon=yes",   "lease_left=899", "udp=bound",
};

struct judged {
    struct arena *arena;
    struct wireguard_seen seen;
    struct tunnel_side_seen side;
};

/* The reply of a peered gateway with the lines that start with without left out, and one more. */
static struct judged judge(const char *without, const char *more)
{
    struct judged it = {.arena = arena_new()};
    CLEANUP(str_free) struct str text = STR_INIT;
    str_add(&text, "#ece-begin\n");
    for (size_t i = 0; i < ARRAY_LEN(peered); i++)
        if (!without || !str_starts(peered[i], without))
            str_printf(&text, "%s\n", peered[i]);
    str_printf(&text, "%s\n#ece-end\n", more);
    ck_assert(wireguard_seen_read(&it.seen, str_text(&text), it.arena));
    wireguard_seen_judge(&it.seen, &want, &it.side, it.arena);
    return it;
}

START_TEST(whole_reply_is_a_peered_gateway)
{
    struct judged it = judge(NULL, "");
    ck_assert_int_eq(it.side.state, TUNNEL_PEERED);
    ck_assert_str_eq(it.side.missing, "");
    ck_assert_str_eq(it.side.foreign, "");
    ck_assert_str_eq(it.side.public_key, "KEYA=");
    ck_assert_str_eq(it.side.peer_key, "KEYB=");
    ck_assert_int_eq(it.side.handshake_age_s, 3);
    ck_assert_int_eq(it.side.rx_bytes, 100);
    ck_assert_int_eq(it.side.tx_bytes, 200);
    ck_assert_int_eq(it.side.lease_left_s, 899);
    arena_free(it.arena);
}
END_TEST

START_TEST(each_missing_part_makes_it_partial_and_is_named)
{
    static const struct {
        const char *without, *more, *missing;
    } part[] = {
        {"up=", "up=no", "interface"},       {"key=", "", "key"},
        {"address=", "", "address"},         {"mtu=", "mtu=1420", "MTU"},
        {"listen=", "listen=0", "UDP port"}, {"rules=", "rules=changed", "rules"},
        {"table=", "table=absent", "rules"}, {"blackholes=", "blackholes=1", "blackhole routes"},
        {"run=", "", "run directory"},       {"lease_left=", "", "lease"},
        {"watcher=", "", "lease watcher"},
    };
    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        struct judged it = judge(part[i].without, part[i].more);
        ck_assert_msg(it.side.state == TUNNEL_PARTIAL, "%s", part[i].without);
        ck_assert_str_eq(it.side.missing, part[i].missing);
        arena_free(it.arena);
    }
}
END_TEST

START_TEST(without_peer_route_or_open_flow_it_is_only_prepared)
{
    static const char *const without[] = {"peer=", "routes=", "open=", "peer_route="};
    for (size_t i = 0; i < ARRAY_LEN(without); i++) {
        struct judged it = judge(without[i], "");
        ck_assert_msg(it.side.state == TUNNEL_PREPARED, "%s", without[i]);
        ck_assert_str_eq(it.side.missing, "");
        arena_free(it.arena);
    }
}
END_TEST

START_TEST(nothing_is_absent_and_any_one_thing_is_not)
{
    static const char *const one[] = {"link=present", "table=present", "blackholes=1",
                                      "routes=1",     "run=yes",       "peer_route=yes",
                                      "watcher=yes",  "daemon=yes"};
    for (size_t i = 0; i <= ARRAY_LEN(one); i++) {
        struct judged it = judge("", i < ARRAY_LEN(one) ? one[i] : "");
        ck_assert_int_eq(it.side.state, i < ARRAY_LEN(one) ? TUNNEL_PARTIAL : TUNNEL_ABSENT);
        ck_assert_int_eq(wireguard_seen_left(&it.seen, it.arena)[0] == '\0', i == ARRAY_LEN(one));
        ck_assert_int_eq(it.side.handshake_age_s, -1);
        arena_free(it.arena);
    }
}
END_TEST

START_TEST(what_is_not_ours_is_foreign_and_not_there)
{
    struct judged it = judge("", "link=foreign\nforeign=interface 'x' is there and not ours\n"
                                 "foreign=nft table 'y' is there and not ours");
    ck_assert_int_eq(it.side.state, TUNNEL_ABSENT);
    ck_assert_str_eq(it.side.foreign, "interface 'x' is there and not ours; "
                                      "nft table 'y' is there and not ours");
    arena_free(it.arena);
}
END_TEST

START_TEST(port_that_is_bound_without_a_link_of_ours_is_foreign)
{
    struct judged it = judge("", "udp=bound");
    ck_assert_str_eq(it.side.foreign, "UDP port 51820 is taken by another program");
    arena_free(it.arena);
    it = judge(NULL, "");
    ck_assert_str_eq(it.side.foreign, "");
    arena_free(it.arena);
}
END_TEST

START_TEST(lease_that_just_ran_out_has_no_seconds_left)
{
    struct judged it = judge("lease_left=", "lease_left=-2");
    ck_assert_int_eq(it.side.lease_left_s, 0);
    ck_assert_int_eq(it.side.state, TUNNEL_PEERED);
    arena_free(it.arena);
    it = judge("lease_left=", "");
    ck_assert_int_eq(it.side.lease_left_s, -1);
    arena_free(it.arena);
}
END_TEST

START_TEST(numbers_that_are_none_count_as_nothing)
{
    struct judged it = judge("rx=", "rx=-5\nhandshake=garbage");
    ck_assert_int_eq(it.side.rx_bytes, 0);
    arena_free(it.arena);
}
END_TEST

START_TEST(reply_without_its_end_is_none)
{
    struct arena *arena = arena_new();
    struct wireguard_seen seen;
    ck_assert(!wireguard_seen_read(&seen, "#ece-begin\nlink=present\n", arena));
    arena_free(arena);
}
END_TEST

UNIT_MAIN("wireguard_seen", whole_reply_is_a_peered_gateway,
          each_missing_part_makes_it_partial_and_is_named,
          without_peer_route_or_open_flow_it_is_only_prepared,
          nothing_is_absent_and_any_one_thing_is_not, what_is_not_ours_is_foreign_and_not_there,
          port_that_is_bound_without_a_link_of_ours_is_foreign,
          lease_that_just_ran_out_has_no_seconds_left, numbers_that_are_none_count_as_nothing,
          reply_without_its_end_is_none)
