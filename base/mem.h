/*
 * Memory that is there or the program is not: handles and growing texts are small, and code that
 * would run only when the machine has no memory left is code that nobody has ever seen work. The
 * store survives the end of the program by design.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

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
