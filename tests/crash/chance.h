/*
 * Chance that comes again: the same seed gives the same numbers on every machine (SplitMix64,
 * Steele, Lea and Flood, 2014).
 */
#ifndef TESTS_CRASH_CHANCE_H
#define TESTS_CRASH_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *chance)
{
    uint64_t z = (chance->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline struct chance chance_from(uint64_t seed)
{
    struct chance chance = {seed * UINT64_C(0xD1342543DE82EF95) + 1};
    (void)chance_next(&chance);
    return chance;
}

/* 0 … n - 1; n is 1 or more. */
static inline uint64_t chance_below(struct chance *chance, uint64_t n)
{
    return chance_next(chance) % n;
}

/* True once in n; never for 0. */
static inline bool chance_of(struct chance *chance, uint64_t n)
{
    return n > 0 && chance_below(chance, n) == 0;
}

#endif
