/*
 * Blocks for networks that are yet to be made: parts of a parent network, of one size, that lie
 * apart from each other and from every network that they will be peered with. Pure arithmetic.
 */
#ifndef BASE_CIDR_BLOCKS_H
#define BASE_CIDR_BLOCKS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "base/err.h"

/* A network that is there already. */
struct cidr_taken {
    const char *name; /* for messages */
    struct cidr cidr;
};

struct cidr_blocks_want {
    struct cidr parent; /* bits behind the prefix are ignored */
    int prefix;         /* of each block: the parent's to 32 */
    size_t blocks;
    const struct cidr_taken *taken;
    size_t taken_len;
};

/* A part of the parent that was left out, and why. */
struct cidr_left_out {
    struct cidr block;              /* the first one */
    size_t blocks;                  /* how many of them in a row, at least 1 */
    const struct cidr_taken *taken; /* which they overlap; borrowed from the request */
};

struct cidr_blocks {
    struct cidr *block; /* in rising order; as many as wanted */
    size_t len;
    struct cidr_left_out *left_out; /* up to the last block that was given */
    size_t left_out_len;
};

/* How many blocks of that prefix the parent has room for, taken or not. */
uint64_t cidr_blocks_room(struct cidr parent, int prefix);

/* The lowest free blocks of the parent. Everything is in arena. Errors: REFUSED (not enough room;
   the text names the networks that are in the way). The prefix must lie between the parent's and
   32: otherwise INTERNAL. */
int cidr_blocks_find(const struct cidr_blocks_want *want, struct arena *arena,
                     struct cidr_blocks *out, struct err *err) MUST_CHECK;

#endif
