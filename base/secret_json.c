/*
 * Ranges of a JSON text, fitted to its grammar: what is taken out of it must leave JSON. The text
 * is read once, by units: a character or an escape within a string, a byte elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret_scrub.h"

enum { UNIT_BEGINS = 1, IN_STRING = 2 };

/* How many bytes the unit at p has, n of them at most: an escape, a pair of them for one character
 * beyond the basic plane, or a character of UTF-8. */
static size_t unit_len(const unsigned char *p, size_t n)
{
    unsigned char ignored[4];
    size_t made, len = 1;
    if (p[0] == '\\')
        return secret_decode_json(p, n, ignored, &made);
    while (p[0] >= 0xc0 && len < n && (p[len] & 0xc0) == 0x80)
        len++;
    return len;
}

/* What each byte of the text is. To be freed. */
static unsigned char *map_of(const unsigned char *text, size_t len)
{
    unsigned char *map = mem_new(len + 1);
    bool inside = false;
    for (size_t i = 0; i < len;) {
        if (text[i] == '"') {
            map[i++] = UNIT_BEGINS;
            inside = !inside;
            continue;
        }
        size_t unit = inside ? unit_len(text + i, len - i) : 1;
        memset(map + i, inside ? IN_STRING : 0, unit);
        map[i] |= UNIT_BEGINS;
        i += unit;
    }
    map[len] = UNIT_BEGINS;
    return map;
}

static bool is_punctuation(char c)
{
    return c != '\0' && strchr(",:[]{}\" \t\r\n", c) != NULL;
}

static void fit_in_string(struct scrub_range *range, const unsigned char *map)
{
    size_t to = range->from;
    while (!(map[range->from] & UNIT_BEGINS))
        range->from--;
    while ((to < range->to || !(map[to] & UNIT_BEGINS)) && map[to] & IN_STRING)
        to++;
    range->to = to;
}

/* A number or a word: half of one is none. */
static void fit_in_token(struct scrub_range *range, const char *text, size_t len)
{
    size_t to = range->from;
    while (range->from > 0 && !is_punctuation(text[range->from - 1]))
        range->from--;
    while (to < len && !is_punctuation(text[to]))
        to++;
    range->to = to;
    range->bare = true;
}

void secret_fit_json(struct scrub_ranges *ranges, const char *text, size_t len)
{
    unsigned char *map = map_of((const unsigned char *)text, len);
    size_t kept = 0;
    for (size_t i = 0; i < ranges->len; i++) {
        struct scrub_range range = ranges->range[i];
        while (range.from < range.to && !(map[range.from] & IN_STRING) &&
               is_punctuation(text[range.from]))
            range.from++;
        if (range.from == range.to)
            continue;
        if (map[range.from] & IN_STRING)
            fit_in_string(&range, map);
        else
            fit_in_token(&range, text, len);
        ranges->range[kept++] = range;
    }
    ranges->len = kept;
    free(map);
}
