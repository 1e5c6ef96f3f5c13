/*
 * Blocks of a parent network: examples, and properties over thousands of random parents and
 * networks in the way, each compared with the slow way of looking at every block there is.
 */
#include "base/cidr_blocks.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct cidr net(const char *text)
{
    struct cidr cidr = {0};
    ck_assert_msg(cidr_parse(text, &cidr) == 0, "'%s' is a network", text);
    return cidr;
}

static void assert_is(struct cidr cidr, const char *text)
{
    char buf[CIDR_TEXT];
    ck_assert_str_eq(cidr_text(buf, cidr), text);
}

START_TEST(nine_blocks_of_three_environments_in_three_regions_lie_side_by_side)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct err err = ERR_INIT;
    struct cidr_blocks found;
    struct cidr_blocks_want want = {.parent = net("10.64.0.0/16"), .prefix = 20, .blocks = 9};
    ck_assert_msg(cidr_blocks_find(&want, arena, &found, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(found.len, 9);
    ck_assert_uint_eq(found.left_out_len, 0);
    assert_is(found.block[0], "10.64.0.0/20");
    assert_is(found.block[8], "10.64.128.0/20");
}
END_TEST

START_TEST(a_network_in_the_way_is_left_out_and_named)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct err err = ERR_INIT;
    struct cidr_blocks found;
    const struct cidr_taken taken[] = {{"office", net("10.64.16.0/22")},
                                       {"elsewhere", net("10.65.0.0/16")},
                                       {"plant", net("10.64.32.0/19")}};
    struct cidr_blocks_want want = {.parent = net("10.64.0.0/16"),
                                    .prefix = 20,
                                    .blocks = 2,
                                    .taken = taken,
                                    .taken_len = ARRAY_LEN(taken)};
    ck_assert_msg(cidr_blocks_find(&want, arena, &found, &err) == 0, "%s", err.text);
    assert_is(found.block[0], "10.64.0.0/20");
    assert_is(found.block[1], "10.64.64.0/20");
    ck_assert_uint_eq(found.left_out_len, 2);
    ck_assert_str_eq(found.left_out[0].taken->name, "office");
    ck_assert_uint_eq(found.left_out[0].blocks, 1);
    ck_assert_str_eq(found.left_out[1].taken->name, "plant");
    ck_assert_uint_eq(found.left_out[1].blocks, 2);
}
END_TEST

START_TEST(a_parent_without_room_is_refused_with_what_is_in_the_way)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct err err = ERR_INIT;
    struct cidr_blocks found;
    const struct cidr_taken taken[] = {{"office", net("10.0.0.0/8")}};
    struct cidr_blocks_want want = {
        .parent = net("10.64.0.0/16"), .prefix = 20, .blocks = 1, .taken = taken, .taken_len = 1};
    ck_assert_int_eq(cidr_blocks_find(&want, arena, &found, &err), -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "0 free blocks of /20, and 1 is wanted"));
    ck_assert_ptr_nonnull(strstr(err.text, "'office' (10.0.0.0/8)"));
}
END_TEST

START_TEST(the_end_of_the_address_space_is_no_border)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct err err = ERR_INIT;
    struct cidr_blocks found;
    struct cidr_blocks_want want = {.parent = net("255.255.0.0/16"), .prefix = 17, .blocks = 2};
    ck_assert_msg(cidr_blocks_find(&want, arena, &found, &err) == 0, "%s", err.text);
    assert_is(found.block[1], "255.255.128.0/17");
    want.parent = net("0.0.0.0/0");
    want.prefix = 1;
    ck_assert_msg(cidr_blocks_find(&want, arena, &found, &err) == 0, "%s", err.text);
    assert_is(found.block[1], "128.0.0.0/1");
}
END_TEST

/* Numbers that are the same in every run. */
static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*seed >> 33) % below);
}

enum { TAKEN_MAX = 8 };

static void draw_want(uint64_t *seed, struct cidr_blocks_want *want, struct cidr_taken *taken)
{
    int parent = (int)draw(seed, 31);
    uint32_t base = draw(seed, UINT32_MAX);
    want->parent = cidr_canonical((struct cidr){.address = base, .prefix = parent});
    int deepest = parent + 8 > 32 ? 32 : parent + 8;
    want->prefix = parent + (int)draw(seed, (uint32_t)(deepest - parent + 1));
    want->blocks = 1 + draw(seed, (uint32_t)cidr_blocks_room(want->parent, want->prefix));
    want->taken = taken;
    want->taken_len = draw(seed, TAKEN_MAX);
    for (size_t i = 0; i < want->taken_len; i++) {
        /* Mostly inside the parent, of any size around a block's. */
        int wide = want->prefix - 4 > 0 ? want->prefix - 4 : 0;
        int prefix = wide + (int)draw(seed, (uint32_t)(32 - wide + 1));
        uint32_t low = parent == 0 ? UINT32_MAX : UINT32_MAX >> parent;
        uint32_t address = want->parent.address | (draw(seed, UINT32_MAX) & low);
        taken[i] = (struct cidr_taken){"net", cidr_canonical((struct cidr){address, prefix})};
    }
}

static bool is_free(const struct cidr_blocks_want *want, struct cidr block)
{
    for (size_t i = 0; i < want->taken_len; i++)
        if (cidr_overlap(want->taken[i].cidr, block))
            return false;
    return true;
}

/* Every block there is, in order: the free ones must be what was given, and what was left out must
   be as many as are not free before the last. */
static void assert_as_the_slow_way(const struct cidr_blocks_want *want, int result,
                                   const struct cidr_blocks *found)
{
    uint64_t room = cidr_blocks_room(want->parent, want->prefix);
    size_t free = 0, busy = 0, left_out = 0;
    for (uint64_t i = 0; i < room && free < want->blocks; i++) {
        struct cidr block = {(uint32_t)(want->parent.address + (i << (32 - want->prefix))),
                             want->prefix};
        if (!is_free(want, block)) {
            busy++;
            continue;
        }
        /* Not by ck_assert: each of those is a call to the system, and there are millions. */
        if (free >= found->len || found->block[free].address != block.address ||
            found->block[free].prefix != block.prefix)
            ck_abort_msg("block %zu of %zu is another", free, found->len);
        free++;
    }
    ck_assert_int_eq(result, free == want->blocks ? 0 : -1);
    ck_assert_uint_eq(found->len, free);
    for (size_t i = 0; i < found->left_out_len; i++)
        left_out += found->left_out[i].blocks;
    ck_assert_uint_eq(left_out, busy);
}

START_TEST(random_parents_and_networks_give_what_the_slow_way_gives)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    uint64_t seed = 20261122;
    int refused = 0;
    for (int i = 0; i < 20000; i++) {
        struct cidr_taken taken[TAKEN_MAX];
        struct cidr_blocks_want want = {0};
        struct cidr_blocks found;
        struct err err = ERR_INIT;
        draw_want(&seed, &want, taken);
        int result = cidr_blocks_find(&want, arena, &found, &err);
        assert_as_the_slow_way(&want, result, &found);
        refused += result < 0 ? 1 : 0;
        arena_reset(arena);
    }
    /* Both ends were seen. */
    ck_assert_int_gt(refused, 1000);
    ck_assert_int_lt(refused, 19000);
}
END_TEST

UNIT_MAIN("blocks of a network",
          nine_blocks_of_three_environments_in_three_regions_lie_side_by_side,
          a_network_in_the_way_is_left_out_and_named,
          a_parent_without_room_is_refused_with_what_is_in_the_way,
          the_end_of_the_address_space_is_no_border,
          random_parents_and_networks_give_what_the_slow_way_gives)
