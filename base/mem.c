/*
 * Allocation that cannot fail from the caller's view.
 */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* Plain write(2), as anything that formats might want memory itself. */
NORETURN void mem_exhausted_line(const char *line)
{
    (void)!write(STDERR_FILENO, line, strlen(line));
    _exit(err_exit_status(ERR_MEMORY));
}

NORETURN void mem_exhausted(void)
{
    mem_exhausted_line("ece-migrate: out of memory: stopped at once, which is as safe as being "
                       "killed; free some, then 'ece-migrate resume'\n");
}

void *mem_raw(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_new(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_resize(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        mem_exhausted();
    return p;
}

char *mem_strdup(const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(mem_new(size), text, size);
}

size_t mem_product(size_t a, size_t b)
{
    size_t product = 0;
    if (__builtin_mul_overflow(a, b, &product))
        mem_exhausted();
    return product;
}
