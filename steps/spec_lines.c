/*
 * The scanner behind spec_lines.h: descends through the text once, writes down a place for each
 * member and element, and then sorts an index by parent and name, in which members are found by
 * bisection and twins stand side by side.
 */
#include "steps/spec_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/spec_lines_string.h"

enum {
    DEPTH_MAX = 2048, /* Jansson's own limit: JSON_PARSER_MAX_DEPTH */
    NAME_SHOWN = 64,
};

struct spec_lines {
    struct spec_place *place;
    const struct spec_place **sorted; /* without the root */
    size_t len, room;
};

struct scan {
    struct spec_lines *lines;
    struct arena *arena;
    const char *at, *end;
    int line;
    int depth;
};

static void scan_value(struct scan *scan, const struct spec_place *place);

/* An upper bound of the places: each but the first of its container follows a comma. */
static size_t count_places(const char *text, size_t len)
{
    size_t count = 1;
    for (size_t i = 0; i < len; i++)
        count += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return count;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL && *scan->at != '\0') {
        scan->line += *scan->at == '\n';
        scan->at++;
    }
}

/* Takes the byte when it is the next one that is no white space. */
static bool take(struct scan *scan, char byte)
{
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != byte)
        return false;
    scan->at++;
    return true;
}

static const struct spec_place *add_place(struct scan *scan, struct spec_place place)
{
    struct spec_lines *lines = scan->lines;
    if (lines->len == lines->room) {
        scan->at = scan->end;
        return place.parent;
    }
    place.line = scan->line;
    place.order = lines->len;
    lines->place[lines->len] = place;
    return &lines->place[lines->len++];
}

static void scan_members(struct scan *scan, const struct spec_place *parent)
{
    do {
        skip_space(scan);
        if (scan->at == scan->end || *scan->at != '"')
            break;
        struct spec_place place = {.parent = parent};
        const char *start = scan->at;
        scan->at = spec_lines_string_end(start, scan->end);
        place.name = spec_lines_string_decode(start, scan->at, scan->arena);
        const struct spec_place *added = add_place(scan, place);
        if (!take(scan, ':'))
            break;
        scan_value(scan, added);
    } while (take(scan, ','));
    take(scan, '}');
}

static void scan_elements(struct scan *scan, const struct spec_place *parent)
{
    struct spec_place place = {.parent = parent};
    skip_space(scan);
    if (scan->at < scan->end && *scan->at != ']')
        do {
            skip_space(scan);
            const struct spec_place *added = add_place(scan, place);
            scan_value(scan, added);
            place.index++;
        } while (take(scan, ','));
    take(scan, ']');
}

/* Numbers and literals: whatever stands before the next mark of punctuation. */
static void skip_plain(struct scan *scan)
{
    while (scan->at < scan->end && strchr(",:]}[{\" \t\r\n", *scan->at) == NULL)
        scan->at++;
}

/* On text that is not JSON the descent could end nowhere: a scan that is too deep or stands still
 * is over. */
static void scan_value(struct scan *scan, const struct spec_place *place)
{
    if (++scan->depth > DEPTH_MAX)
        scan->at = scan->end;
    if (take(scan, '{'))
        scan_members(scan, place);
    else if (take(scan, '['))
        scan_elements(scan, place);
    else if (scan->at < scan->end && *scan->at == '"')
        scan->at = spec_lines_string_end(scan->at, scan->end);
    else
        skip_plain(scan);
    scan->depth--;
}

/* Members of one object by name, then in the order of the text; elements by index. */
static int compare(const struct spec_place *a, const struct spec_place *b)
{
    if (a->parent != b->parent)
        return a->parent->order < b->parent->order ? -1 : 1;
    if (a->name != NULL && b->name != NULL) {
        int names = strcmp(a->name, b->name);
        if (names != 0)
            return names;
        return a->order < b->order ? -1 : a->order > b->order;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_entries(const void *a, const void *b)
{
    return compare(*(const struct spec_place *const *)a, *(const struct spec_place *const *)b);
}

struct spec_lines *spec_lines_scan(const char *text, size_t len, struct arena *arena)
{
    struct spec_lines *lines = ARENA_NEW(arena, struct spec_lines);
    lines->room = count_places(text, len);
    lines->place = ARENA_ARRAY(arena, struct spec_place, lines->room);
    struct scan scan = {.lines = lines, .arena = arena, .at = text, .end = text + len, .line = 1};
    skip_space(&scan);
    scan_value(&scan, add_place(&scan, (struct spec_place){0}));
    lines->sorted = ARENA_ARRAY(arena, const struct spec_place *, lines->room);
    for (size_t i = 1; i < lines->len; i++)
        lines->sorted[i - 1] = &lines->place[i];
    qsort(lines->sorted, lines->len - 1, sizeof(const struct spec_place *), compare_entries);
    return lines;
}

const struct spec_place *spec_lines_root(const struct spec_lines *lines)
{
    return &lines->place[0];
}

/* Among equals the last: its order is the nearest to that of wanted, which is beyond all. */
static const struct spec_place *find(const struct spec_lines *lines,
                                     const struct spec_place *wanted)
{
    size_t low = 0, high = lines->len - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(lines->sorted[middle], wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : lines->sorted[low - 1];
}

const struct spec_place *spec_lines_member(const struct spec_lines *lines,
                                           const struct spec_place *parent, const char *name)
{
    struct spec_place wanted = {.parent = parent, .name = name, .order = SIZE_MAX};
    const struct spec_place *found = find(lines, &wanted);
    bool hit = found != NULL && found->parent == parent && str_equal(found->name, name);
    return hit ? found : NULL;
}

const struct spec_place *spec_lines_element(const struct spec_lines *lines,
                                            const struct spec_place *parent, size_t index)
{
    struct spec_place wanted = {.parent = parent, .index = index};
    const struct spec_place *found = find(lines, &wanted);
    bool hit = found != NULL && found->parent == parent && found->name == NULL;
    return hit && found->index == index ? found : NULL;
}

void spec_lines_twins(const struct spec_lines *lines, spec_lines_twin_fn *each, void *arg)
{
    const struct spec_place *first = NULL;
    for (size_t i = 0; i + 1 < lines->len; i++) {
        const struct spec_place *place = lines->sorted[i];
        bool twin = first != NULL && place->name != NULL && first->parent == place->parent &&
                    str_equal(first->name, place->name);
        if (twin)
            each(arg, first, place);
        else
            first = place;
    }
}

/* One name of a pointer, with RFC 6901's two escapes. */
static void add_name(struct str *out, const char *name)
{
    size_t shown = strnlen(name, NAME_SHOWN);
    bool cut = name[shown] != '\0';
    while (cut && shown > 0 && ((unsigned char)name[shown] & 0xc0) == 0x80)
        shown--; /* not in the middle of a character */
    for (size_t i = 0; i < shown; i++)
        if (name[i] == '~')
            str_add(out, "~0");
        else if (name[i] == '/')
            str_add(out, "~1");
        else
            str_add_n(out, &name[i], 1);
    if (cut)
        str_add(out, "...");
}

static void add_pointer(struct str *out, const struct spec_place *place)
{
    if (place->parent == NULL)
        return;
    add_pointer(out, place->parent);
    str_add(out, "/");
    if (place->name != NULL)
        add_name(out, place->name);
    else
        str_printf(out, "%zu", place->index);
}

const char *spec_lines_pointer(const struct spec_place *place, struct arena *arena)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    add_pointer(&out, place);
    return arena_strdup(arena, str_text(&out));
}
