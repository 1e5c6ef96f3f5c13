/*
 * Allocation that cannot fail from the caller's view.
 */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"

/* Plain write(2), as anything that formats might want memory itself. */
static NORETURN void out_of_memory(void)
{
    static const char text[] = "ece-migrate: out of memory; go on with 'ece-migrate resume'\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    abort();
}

void *mem_new(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *mem_resize(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        out_of_memory();
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
        out_of_memory();
    return product;
}
