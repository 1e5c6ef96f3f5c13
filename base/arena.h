/*
 * An arena: memory for one step attempt, given back as a whole. Allocation cannot fail from the
 * caller's view: when the machine has none left the process ends with a message, as a half-built
 * plan is worse than none.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;

struct arena *arena_new(void);
/* Frees everything that came from it. NULL is fine. */
void arena_free(struct arena *arena);
void arena_cleanup(struct arena **arena); /* for CLEANUP() */
/* Forgets everything that came from it; keeps the memory for the next attempt. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t size,
                  size_t len); /* len things of that size; ends the program on overflow */
char *arena_strdup(struct arena *arena, const char *text);            /* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *text, size_t n); /* always terminated */
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

#define ARENA_NEW(arena, type)        ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, len) ((type *)arena_array((arena), sizeof(type), (len)))

#endif
