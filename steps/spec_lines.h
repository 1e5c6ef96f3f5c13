/*
 * Where each value of a JSON text stands: a tree of places, one for each member and element, with
 * its line. Jansson tells no lines of the values that it read, and keeps only the last of two
 * members of the same name; this scanner knows both. It is meant for text that Jansson accepted and
 * judges nothing itself; on any other text it ends with some of the places and never reads outside
 * of it.
 */
#ifndef STEPS_SPEC_LINES_H
#define STEPS_SPEC_LINES_H

#include <stddef.h>

#include "base/arena.h"

struct spec_place {
    const struct spec_place *parent; /* NULL: the whole document */
    const char *name;                /* of a member, unescaped; NULL: an element */
    size_t index;                    /* of an element */
    int line;                        /* 1-based: of a member's name, of an element's first byte */
    size_t order;                    /* 0, 1, 2 … as they stand in the text */
};

struct spec_lines;

/* The text need not be terminated. Everything lives in the arena: at most 64 bytes for each byte of
 * the text. */
struct spec_lines *spec_lines_scan(const char *text, size_t len, struct arena *arena);

const struct spec_place *spec_lines_root(const struct spec_lines *lines);

/* The member of that name (the last, when there are more, as Jansson has it), or the element. NULL
 * when there is none. */
const struct spec_place *spec_lines_member(const struct spec_lines *lines,
                                           const struct spec_place *parent, const char *name);
const struct spec_place *spec_lines_element(const struct spec_lines *lines,
                                            const struct spec_place *parent, size_t index);

/* Members that bear the name of an earlier one in the same object: calls each(arg, first, twin) for
 * every one. */
typedef void spec_lines_twin_fn(void *arg, const struct spec_place *first,
                                const struct spec_place *twin);
void spec_lines_twins(const struct spec_lines *lines, spec_lines_twin_fn *each, void *arg);

/* The JSON pointer (RFC 6901) of a place, "" for the document. Names longer than 64 bytes are cut
   with "...": it is shown to people. In arena. */
const char *spec_lines_pointer(const struct spec_place *place, struct arena *arena);

#endif
