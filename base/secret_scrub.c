/*
 * The scrubber: finds every secret that was ever loaded in a text, in each form in which it could
 * have got there, and puts its name in its place. It knows values, so it wipes them; it never keeps
 * or prints the text.
 *
 * A secret may stand as it is, percent-encoded (any of its bytes or all), JSON-escaped, or in
 * Base64 by itself or inside something longer: each of the three possible alignments has a core of
 * characters that depend on the secret alone.
 */
#include "base/secret_scrub.h"

#include <ctype.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"

#define ALIGNMENTS 3

struct core {
    char *text;
    size_t len;
};

struct known {
    struct known *next;
    char *name;
    unsigned char *bytes;
    size_t len;
    struct core core[ALIGNMENTS];
};

/* Process-wide, as secret.h says: what one part of the program loads, no other part may show. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known *all_known;

size_t secret_base64_len(size_t len)
{
    return (len * 8 + 5) / 6;
}

void secret_base64(char *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t chars = secret_base64_len(len);
    for (size_t i = 0; i < chars; i++) {
        size_t byte = i * 6 / 8, shift = 10 - i * 6 % 8;
        unsigned pair = (unsigned)bytes[byte] << 8 | (byte + 1 < len ? bytes[byte + 1] : 0u);
        out[i] = digits[pair >> shift & 63];
    }
    out[chars] = '\0';
}

/* The characters that stay the same whatever stands before and after the secret, for `skew` bytes
 * before it. */
static struct core core_new(const struct known *known, size_t skew)
{
    size_t len = skew + known->len;
    unsigned char *bytes = mem_new(len);
    memcpy(bytes + skew, known->bytes, known->len);
    struct core core = {.text = mem_new(secret_base64_len(len) + 1)};
    secret_base64(core.text, bytes, len);
    size_t first = (skew * 8 + 5) / 6;
    core.len = len * 8 / 6 - first;
    memmove(core.text, core.text + first, core.len);
    explicit_bzero(bytes, len);
    free(bytes);
    return core;
}

static void wipe(void *bytes, size_t len)
{
    explicit_bzero(bytes, len);
    free(bytes);
}

static void known_free(struct known *known)
{
    for (size_t i = 0; i < ALIGNMENTS; i++)
        wipe(known->core[i].text, known->core[i].len);
    wipe(known->bytes, known->len);
    free(known->name);
    free(known);
}

void secret_remember(const char *bytes, size_t len, const char *name)
{
    if (len < SECRET_SHORTEST)
        return;
    pthread_mutex_lock(&lock);
    const struct known *old = all_known;
    while (old && (old->len != len || memcmp(old->bytes, bytes, len) != 0))
        old = old->next;
    if (!old) {
        struct known *known = MEM_NEW(struct known);
        known->name = mem_strdup(name);
        known->bytes = memcpy(mem_new(len), bytes, len);
        known->len = len;
        for (size_t i = 0; i < ALIGNMENTS; i++)
            known->core[i] = core_new(known, i);
        known->next = all_known;
        all_known = known;
    }
    pthread_mutex_unlock(&lock);
}

void secret_forget_all(void)
{
    pthread_mutex_lock(&lock);
    while (all_known) {
        struct known *next = all_known->next;
        known_free(all_known);
        all_known = next;
    }
    pthread_mutex_unlock(&lock);
}

void secret_range_add(struct scrub_ranges *ranges, size_t from, size_t to, const char *name)
{
    if (ranges->len == ranges->room) {
        ranges->room = ranges->room ? mem_product(ranges->room, 2) : 16;
        ranges->range = mem_resize(ranges->range, mem_product(ranges->room, sizeof *ranges->range));
    }
    ranges->range[ranges->len++] = (struct scrub_range){from, to, name, false};
}

typedef size_t decode_fn(const unsigned char *p, size_t n, unsigned char out[4], size_t *made);

/* How long the secret is in the text at p in that encoding, 0 when it is not there. */
static size_t match_decoded(const struct known *known, const unsigned char *p, size_t n,
                            decode_fn *decode)
{
    size_t at = 0, done = 0;
    while (done < known->len && at < n) {
        unsigned char out[4];
        size_t made = 0;
        at += decode(p + at, n - at, out, &made);
        if (made > known->len - done || memcmp(out, known->bytes + done, made) != 0)
            return 0;
        done += made;
    }
    return done == known->len ? at : 0;
}

static size_t match_raw(const struct known *known, const unsigned char *p, size_t n)
{
    return known->len <= n && memcmp(p, known->bytes, known->len) == 0 ? known->len : 0;
}

static size_t match_core(const struct core *core, const unsigned char *p, size_t n)
{
    if (core->len > n)
        return 0;
    for (size_t i = 0; i < core->len; i++) {
        unsigned char c = p[i] == '+' ? '-' : p[i] == '/' ? '_' : p[i];
        if (c != (unsigned char)core->text[i])
            return 0;
    }
    return core->len;
}

static bool is_base64(unsigned char c)
{
    return isalnum(c) || c == '+' || c == '/' || c == '-' || c == '_';
}

static void find_one(struct scrub_ranges *ranges, const struct known *known,
                     const unsigned char *text, size_t i, size_t len)
{
    decode_fn *const decoders[] = {secret_decode_percent, secret_decode_json};
    size_t best = match_raw(known, text + i, len - i);
    for (size_t d = 0; d < ARRAY_LEN(decoders); d++) {
        size_t took = match_decoded(known, text + i, len - i, decoders[d]);
        best = took > best ? took : best;
    }
    if (best)
        secret_range_add(ranges, i, i + best, known->name);
    for (size_t a = 0; a < ALIGNMENTS; a++) {
        size_t took = match_core(&known->core[a], text + i, len - i);
        /* One character on each side may carry bits of the secret and of its neighbour; with it go
         * the padding's signs. */
        if (took) {
            size_t from = a && i && is_base64(text[i - 1]) ? i - 1 : i;
            size_t to = i + took;
            to += to < len && is_base64(text[to]);
            while (to < len && text[to] == '=')
                to++;
            secret_range_add(ranges, from, to, known->name);
        }
    }
}

/* The bytes at which a match of any form can begin: nearly all of a long text is passed over by one
 * look each. */
static void mark_beginnings(unsigned char begins[256])
{
    for (const struct known *known = all_known; known; known = known->next) {
        begins[known->bytes[0]] = begins['%'] = begins['\\'] = begins['+'] = begins['/'] = 1;
        for (size_t a = 0; a < ALIGNMENTS; a++)
            begins[(unsigned char)known->core[a].text[0]] = 1;
    }
}

static void find_known(struct scrub_ranges *ranges, const unsigned char *text, size_t len)
{
    unsigned char begins[256] = {0};
    mark_beginnings(begins);
    for (size_t i = 0; i < len; i++) {
        if (!begins[text[i]])
            continue;
        for (const struct known *known = all_known; known; known = known->next)
            find_one(ranges, known, text, i, len);
    }
}

static int by_from(const void *a, const void *b)
{
    const struct scrub_range *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Ranges that overlap become one: the rest of a second secret must not stay because a first one
 * covered its beginning. */
static size_t replace(struct str *out, const char *text, size_t len,
                      const struct scrub_ranges *ranges)
{
    size_t at = 0, replaced = 0;
    for (size_t i = 0; i < ranges->len; replaced++) {
        const struct scrub_range *range = &ranges->range[i];
        size_t to = range->to;
        for (i++; i < ranges->len && ranges->range[i].from < to; i++)
            to = ranges->range[i].to > to ? ranges->range[i].to : to;
        str_add_n(out, text + at, range->from - at);
        str_printf(out, range->bare ? "\"[secret:%s]\"" : "[secret:%s]", range->name);
        at = to;
    }
    str_add_n(out, text + at, len - at);
    return replaced;
}

static size_t scrub(struct str *out, const char *text, size_t len, bool json)
{
    struct scrub_ranges ranges = {0};
    pthread_mutex_lock(&lock);
    secret_find_patterns(&ranges, text, len);
    find_known(&ranges, (const unsigned char *)text, len);
    if (json && ranges.len)
        secret_fit_json(&ranges, text, len);
    if (ranges.len)
        qsort(ranges.range, ranges.len, sizeof *ranges.range, by_from);
    size_t replaced = replace(out, text, len, &ranges);
    pthread_mutex_unlock(&lock);
    free(ranges.range);
    return replaced;
}

size_t secret_scrub(struct str *out, const char *text, size_t len)
{
    return scrub(out, text, len, false);
}

size_t secret_scrub_json(struct str *out, const char *text, size_t len)
{
    return scrub(out, text, len, true);
}

char *secret_scrub_copy(struct arena *arena, const char *text)
{
    if (!text)
        return NULL;
    CLEANUP(str_free) struct str out = STR_INIT;
    secret_scrub(&out, text, strlen(text));
    return arena_strdup(arena, str_text(&out));
}
