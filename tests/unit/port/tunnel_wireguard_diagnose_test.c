/*
 * From what both gateways saw to the sentence that a person needs.
 */
#include "steps/port/tunnel/wireguard_diagnose.h"
#include "tests/unit/unit.h"

static const struct wireguard_ends ends = {
    .source = "sgw", .target = "tgw", .port = 51820, .mtu = 1280};

static const char *silence(struct arena *arena, int64_t source_in, int64_t target_in, int64_t age)
{
    const struct wireguard_seen seen[TUNNEL_SIDES] = {
        {.key = "A", .peer = "B", .outer_in = source_in, .handshake_age_s = age},
        {.key = "B", .peer = "A", .outer_in = target_in, .handshake_age_s = age},
    };
    return wireguard_diagnose_silence(seen, &ends, arena);
}

#define ck_assert_says(text, part)                                                                 \
    ck_assert_msg(strstr((text), (part)) != NULL, "no '%s' in: %s", (part), (text))

START_TEST(counter_tells_a_blocked_port_from_a_wrong_key)
{
    struct arena *arena = arena_new();
    ck_assert_says(silence(arena, 0, 0, -1), "blocked both ways");
    ck_assert_says(silence(arena, 0, 5, -1),
                   "no packet of 'tgw' arrives at UDP port 51820 of 'sgw'");
    ck_assert_says(silence(arena, 5, 0, -1),
                   "no packet of 'sgw' arrives at UDP port 51820 of 'tgw'");
    ck_assert_says(silence(arena, 5, 5, -1), "wrong key");
    arena_free(arena);
}
END_TEST

START_TEST(old_handshake_says_since_when)
{
    struct arena *arena = arena_new();
    ck_assert_says(silence(arena, 9, 9, 400), "400 s old");
    ck_assert_says(silence(arena, 9, 9, 400), "blocked since");
    ck_assert_says(silence(arena, 9, 9, 4), "nothing passes inside");
    arena_free(arena);
}
END_TEST

START_TEST(peers_that_do_not_match_are_a_wrong_key)
{
    struct arena *arena = arena_new();
    const struct wireguard_seen seen[TUNNEL_SIDES] = {
        {.key = "A", .peer = "B"},
        {.key = "B", .peer = "Z"},
    };
    ck_assert_says(wireguard_diagnose_silence(seen, &ends, arena), "wrong key");
    arena_free(arena);
}
END_TEST

START_TEST(black_hole_names_its_size_and_a_multiple_of_16)
{
    struct arena *arena = arena_new();
    const char *text = wireguard_diagnose_stall(&ends, 0, 0, 1047, arena);
    ck_assert_says(text, "black hole above 1047 bytes");
    ck_assert_says(text, "to at most 1040");
    ck_assert_says(wireguard_diagnose_stall(&ends, 12, 34, 1280, arena), "stalls after 12 bytes");
    arena_free(arena);
}
END_TEST

UNIT_MAIN("wireguard_diagnose", counter_tells_a_blocked_port_from_a_wrong_key,
          old_handshake_says_since_when, peers_that_do_not_match_are_a_wrong_key,
          black_hole_names_its_size_and_a_multiple_of_16)
