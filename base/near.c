/*
 * The nearest name. The table of distances is filled row by row; three rows are enough, as a swap
 * looks back two.
 */
#include "base/near.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One cell: the cheapest of the ways to get from a[0..i) to b[0..j). */
static size_t cell(size_t row[3][NEAR_MAX + 1], const char *a, const char *b, size_t i, size_t j)
{
    size_t *now = row[i % 3], *before = row[(i - 1) % 3], *earlier = row[(i + 1) % 3];
    size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
    size_t best = least(least(before[j] + 1, now[j - 1] + 1), before[j - 1] + cost);
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = least(best, earlier[j - 2] + 1);
    return best;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[3][NEAR_MAX + 1] = {0};
    for (size_t j = 0; j <= b_len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[i % 3][0] = i;
        for (size_t j = 1; j <= b_len; j++)
            row[i % 3][j] = cell(row, a, b, i, j);
    }
    return row[a_len % 3][b_len];
}

void near_offer(struct near *near, const char *candidate)
{
    size_t wanted_len = strnlen(near->wanted, NEAR_MAX + 1);
    size_t len = strnlen(candidate, NEAR_MAX + 1);
    if (wanted_len == 0 || wanted_len > NEAR_MAX || len > NEAR_MAX)
        return;
    size_t d = distance(near->wanted, wanted_len, candidate, len);
    size_t allowed = wanted_len < 6 ? 1 : wanted_len / 3;
    if (d <= allowed && (near->best == NULL || d < near->distance)) {
        near->best = candidate;
        near->distance = d;
    }
}
