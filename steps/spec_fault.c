/*
 * The list behind spec_fault.h.
 */
#include "steps/spec_fault.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { QUOTE_MAX = 60 };

void spec_fault_start(struct spec_fault_list *list, struct arena *arena)
{
    *list = (struct spec_fault_list){.arena = arena};
    list->fault = ARENA_ARRAY(arena, struct spec_fault, SPEC_FAULTS_MAX + 1);
}

/* Whether there is room for one more; counts those for which there is none. */
static bool has_room(struct spec_fault_list *list)
{
    if (list->len < SPEC_FAULTS_MAX)
        return true;
    list->left_out++;
    return false;
}

static void add(struct spec_fault_list *list, int line, const char *pointer, const char *text)
{
    list->fault[list->len++] = (struct spec_fault){.pointer = pointer, .line = line, .text = text};
}

void spec_fault_add(struct spec_fault_list *list, const struct spec_place *place, const char *child,
                    const char *fmt, ...)
{
    if (!has_room(list))
        return;
    const char *pointer = spec_lines_pointer(place, list->arena);
    if (child != NULL)
        pointer = arena_printf(list->arena, "%s/%s", pointer, child);
    va_list ap;
    va_start(ap, fmt);
    add(list, place->line, pointer, arena_vprintf(list->arena, fmt, ap));
    va_end(ap);
}

/* One step down the pointer: a member or, when the name is a number and there is no such member, an
 * element. */
static const struct spec_place *step_down(const struct spec_lines *lines,
                                          const struct spec_place *place, const char *name)
{
    const struct spec_place *found = spec_lines_member(lines, place, name);
    int64_t index;
    if (found == NULL && str_to_i64(name, &index) == 0 && index >= 0)
        found = spec_lines_element(lines, place, (size_t)index);
    return found;
}

static int line_of(const struct spec_fault_list *list, const char *pointer)
{
    const struct spec_place *place = spec_lines_root(list->lines);
    while (*pointer == '/') {
        size_t len = strcspn(++pointer, "/");
        const char *name = arena_strndup(list->arena, pointer, len);
        const struct spec_place *found = step_down(list->lines, place, name);
        if (found == NULL)
            break;
        place = found;
        pointer += len;
    }
    return place->line;
}

void spec_fault_at(struct spec_fault_list *list, const char *pointer, const char *fmt, ...)
{
    if (!has_room(list))
        return;
    va_list ap;
    va_start(ap, fmt);
    add(list, line_of(list, pointer), pointer, arena_vprintf(list->arena, fmt, ap));
    va_end(ap);
}

void spec_fault_line(struct spec_fault_list *list, int line, const char *fmt, ...)
{
    if (!has_room(list))
        return;
    va_list ap;
    va_start(ap, fmt);
    add(list, line, "", arena_vprintf(list->arena, fmt, ap));
    va_end(ap);
}

/* A stable insertion sort: the list is short and nearly sorted, as the file is read from top to
 * bottom. */
static void sort_by_line(struct spec_fault *fault, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        struct spec_fault moved = fault[i];
        size_t j = i;
        for (; j > 0 && fault[j - 1].line > moved.line; j--)
            fault[j] = fault[j - 1];
        fault[j] = moved;
    }
}

void spec_fault_finish(struct spec_fault_list *list, struct spec_faults *out)
{
    sort_by_line(list->fault, list->len);
    if (list->left_out > 0)
        add(list, list->fault[list->len - 1].line, "",
            arena_printf(list->arena, "%zu more faults are left out; correct these first",
                         list->left_out));
    *out = (struct spec_faults){.len = list->len, .fault = list->fault};
    list->left_out = 0;
}

const char *spec_fault_quote(const char *text, struct arena *arena)
{
    size_t len = strnlen(text, QUOTE_MAX + 1);
    bool cut = len > QUOTE_MAX;
    while (cut && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
        len--; /* not in the middle of a character */
    char *shown = arena_strndup(arena, text, cut ? len - 1 : len);
    for (char *c = shown; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return cut ? arena_printf(arena, "%s...", shown) : shown;
}
