/*
 * Memory that is there or the program is not: handles and growing texts are small, and code that
 * would run only when the machine has no memory left is code that nobody has ever seen work. The
 * program then ends at once, with one line on standard error and the exit status of ERR_MEMORY. The
 * store survives that by design: what was not committed was never there.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/attr.h"

/* Ends the program: no memory is left. For what a library could not get, too. Runs no handler and
 * leaves no core, which could hold secrets. */
NORETURN void mem_exhausted(void);
/* The same with a line of the caller's, for a library that does not say whether it was memory. */
NORETURN void mem_exhausted_line(const char *line);

/* As malloc, and ends the program with a message when there is none: for libraries that take an
 * allocator of ours. */
void *mem_raw(size_t size);
/* Zeroed; free() gives it back. size 0 gives a valid pointer. Ends the program with a message when
 * there is none. */
void *mem_new(size_t size);
/* As realloc, and ends the program with a message when there is none. The new part is not zeroed.
 */
void *mem_resize(void *old, size_t size);
/* A copy of a text; NULL gives NULL. */
char *mem_strdup(const char *text);
/* a * b; ends the program when that does not fit. */
size_t mem_product(size_t a, size_t b);

#define MEM_NEW(type) ((type *)mem_new(sizeof(type)))

#endif
