/*
 * An arena is a list of chunks; allocation moves a mark in the newest one. It never gives back
 * single allocations.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_BYTES 16384u

struct chunk {
    struct chunk *next;
    size_t used;
    size_t room;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *newest;
};

static struct chunk *chunk_new(struct chunk *next, size_t room)
{
    struct chunk *chunk = mem_new(sizeof *chunk + room);
    chunk->next = next;
    chunk->room = room;
    return chunk;
}

static void chunk_free_list(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

struct arena *arena_new(void)
{
    struct arena *arena = MEM_NEW(struct arena);
    arena->newest = chunk_new(NULL, CHUNK_BYTES);
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    chunk_free_list(arena->newest);
    free(arena);
}

void arena_cleanup(struct arena **arena)
{
    arena_free(*arena);
    *arena = NULL;
}

/* One chunk stays, so that the usual attempt allocates nothing; a huge one-off does not stay for
 * ever. */
void arena_reset(struct arena *arena)
{
    struct chunk *chunk = arena->newest;
    chunk_free_list(chunk->next);
    chunk->next = NULL;
    if (chunk->room > CHUNK_BYTES) {
        free(chunk);
        arena->newest = chunk_new(NULL, CHUNK_BYTES);
        return;
    }
    memset(chunk->bytes, 0, chunk->used);
    chunk->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    /* The rounding would wrap for sizes that no machine has; mem_product ends the program for
     * those. */
    size_t rounded = mem_product(size / align + (size % align || !size), align);
    struct chunk *chunk = arena->newest;
    if (chunk->room - chunk->used < rounded) {
        chunk = chunk_new(chunk, rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES);
        arena->newest = chunk;
    }
    void *p = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return p;
}

void *arena_array(struct arena *arena, size_t size, size_t len)
{
    return arena_alloc(arena, mem_product(size, len));
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    size_t len = strnlen(text, n);
    char *copy = arena_alloc(arena, len + 1);
    return memcpy(copy, text, len);
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = arena_vprintf(arena, fmt, ap);
    va_end(ap);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    size_t size = len < 0 ? 1 : (size_t)len + 1;
    char *text = arena_alloc(arena, size);
    vsnprintf(text, size, fmt, again);
    va_end(again);
    return text;
}
