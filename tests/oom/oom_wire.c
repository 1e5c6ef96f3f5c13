/*
 * The allocations of libssh2, by the hook that it has for them, and without sanitizers those of
 * every library (libpq, libcrypto), by the names that they call.
 */
#include <libssh2.h>
#include <stdlib.h>

#include "tests/oom/oom.h"

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return oom_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return oom_fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return oom_fails() ? NULL : __libc_realloc(old, size);
}
#endif
