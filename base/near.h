/*
 * The nearest of some names to one that somebody mistyped, for messages that end in "did you mean".
 * Names are offered one by one, so that they can come from any table.
 *
 * Distance: insertions, deletions, replacements and swaps of neighbours (optimal string alignment,
 * Damerau 1964). A name counts as near at a distance of at most a third of the wanted name's
 * length, and always at 1.
 */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

struct near {
    const char *wanted;
    const char *best; /* borrowed from the offers; NULL while none was near enough */
    size_t distance;  /* of best */
};

#define NEAR_INIT(text)                                                                            \
    {                                                                                              \
        .wanted = (text)                                                                           \
    }

/* Names longer than NEAR_MAX bytes are near to nothing. */
#define NEAR_MAX 40
void near_offer(struct near *near, const char *candidate);

#endif
