/*
 * The parent is walked in steps of one block. Numbers are 64 bits wide, so that the end of the
 * address space is no border: 255.255.255.0/24 plus one block is 2^32, not 0.
 */
#include "base/cidr_blocks.h"

#include "base/str.h"

static uint64_t size_of(int prefix)
{
    return UINT64_C(1) << (32 - prefix);
}

uint64_t cidr_blocks_room(struct cidr parent, int prefix)
{
    return prefix < parent.prefix ? 0 : UINT64_C(1) << (prefix - parent.prefix);
}

static const struct cidr_taken *find_overlap(const struct cidr_blocks_want *want, struct cidr block)
{
    for (size_t i = 0; i < want->taken_len; i++)
        if (cidr_overlap(want->taken[i].cidr, block))
            return &want->taken[i];
    return NULL;
}

/* The first address behind both the block and the network in its way: no block between can be free.
 */
static uint64_t behind(struct cidr block, const struct cidr_taken *taken)
{
    struct cidr wide = taken->cidr.prefix < block.prefix ? cidr_canonical(taken->cidr) : block;
    return (uint64_t)wide.address + size_of(wide.prefix);
}

/* One entry for what lies side by side in the way of one network. */
static void leave_out(struct cidr_blocks *out, struct cidr block, uint64_t blocks,
                      const struct cidr_taken *taken)
{
    out->left_out[out->left_out_len++] =
        (struct cidr_left_out){.block = block, .blocks = (size_t)blocks, .taken = taken};
}

static int refuse(const struct cidr_blocks_want *want, const struct cidr_blocks *found,
                  struct err *err)
{
    char parent[CIDR_TEXT];
    struct str way CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; i < found->left_out_len; i++) {
        char text[CIDR_TEXT];
        const struct cidr_taken *taken = found->left_out[i].taken;
        str_printf(&way, "%s'%s' (%s)", i == 0 ? "; in the way: " : ", ", taken->name,
                   cidr_text(text, taken->cidr));
    }
    return err_set(err, ERR_REFUSED, "'%s' has %zu free block%s of /%d, and %zu %s wanted%s",
                   cidr_text(parent, want->parent), found->len, found->len == 1 ? "" : "s",
                   want->prefix, want->blocks, want->blocks == 1 ? "is" : "are", str_text(&way));
}

int cidr_blocks_find(const struct cidr_blocks_want *want, struct arena *arena,
                     struct cidr_blocks *out, struct err *err)
{
    struct cidr parent = cidr_canonical(want->parent);
    if (want->prefix < parent.prefix || want->prefix > 32)
        return err_set(err, ERR_INTERNAL, "blocks of /%d in a /%d", want->prefix, parent.prefix);
    /* Each network is in the way at most once for each end of it, as the walk jumps behind it. */
    *out = (struct cidr_blocks){
        .block = ARENA_ARRAY(arena, struct cidr, want->blocks + 1),
        .left_out = ARENA_ARRAY(arena, struct cidr_left_out, want->taken_len + 1),
    };
    uint64_t size = size_of(want->prefix);
    uint64_t end = (uint64_t)parent.address + size_of(parent.prefix);
    for (uint64_t at = parent.address; at < end && out->len < want->blocks;) {
        struct cidr block = {.address = (uint32_t)at, .prefix = want->prefix};
        const struct cidr_taken *taken = find_overlap(want, block);
        uint64_t next = taken == NULL ? at + size : behind(block, taken);
        next = next > end ? end : next;
        if (taken == NULL)
            out->block[out->len++] = block;
        else
            leave_out(out, block, (next - at) / size, taken);
        at = next;
    }
    return out->len < want->blocks ? refuse(want, out, err) : 0;
}
