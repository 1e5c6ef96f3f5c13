/*
 * What is wrong with a migration file, collected: each complaint with its place, so that all can be
 * told at once in the order of the lines. It only collects; what is a fault is decided by its
 * callers.
 */
#ifndef STEPS_SPEC_FAULT_H
#define STEPS_SPEC_FAULT_H

#include "base/arena.h"
#include "base/attr.h"
#include "steps/spec.h"
#include "steps/spec_lines.h"

/* A file with more faults than this is told so, and the rest is left out: nobody reads it, and a
   hostile file must not cost more than its own size. */
#define SPEC_FAULTS_MAX 500

struct spec_fault_list {
    struct arena *arena;            /* of the caller, in which the faults stay */
    const struct spec_lines *lines; /* NULL while there is no text whose places are known */
    struct spec_fault *fault;
    size_t len, left_out;
};

void spec_fault_start(struct spec_fault_list *list, struct arena *arena);

/* At a place; child names a member of it that should be there and is not, or is NULL. */
void spec_fault_add(struct spec_fault_list *list, const struct spec_place *place, const char *child,
                    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* At a pointer of the form "/network/source/cidr"; the line is that of the nearest thing around it
 * that stands in the file. */
void spec_fault_at(struct spec_fault_list *list, const char *pointer, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* At a line of text that could not be read. */
void spec_fault_line(struct spec_fault_list *list, int line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Sorts by line, complaints about one line in the order in which they came. */
void spec_fault_finish(struct spec_fault_list *list, struct spec_faults *out);

/* The bytes of a text as a message may show them: at most 60, control characters as '?', with "..."
 * when more. In arena. */
const char *spec_fault_quote(const char *text, struct arena *arena);

#endif
