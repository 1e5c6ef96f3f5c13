/*
 * The arena: alignment, zeroing, growth, reset.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/unit.h"

static bool is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

START_TEST(arena_memory_is_aligned_zeroed_and_apart_at_any_size)
{
    struct arena *arena = arena_new();
    unsigned char *last = NULL;
    size_t last_size = 0;
    for (size_t size = 0; size < 40000; size = size * 3 / 2 + 1) {
        unsigned char *p = arena_alloc(arena, size);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
        ck_assert(is_zero(p, size));
        memset(p, 0xff, size);
        ck_assert(!last || p >= last + last_size || p + size <= last);
        last = p;
        last_size = size;
    }
    arena_free(arena);
}
END_TEST

START_TEST(arena_gives_zeroed_memory_again_after_reset)
{
    struct arena *arena = arena_new();
    memset(arena_alloc(arena, 1000), 0xff, 1000);
    arena_reset(arena);
    ck_assert(is_zero(arena_alloc(arena, 1000), 1000));
    memset(arena_alloc(arena, 100000), 0xff, 100000);
    arena_reset(arena);
    ck_assert(is_zero(arena_alloc(arena, 16000), 16000));
    arena_free(arena);
}
END_TEST

START_TEST(arena_copies_and_formats_texts)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    ck_assert_ptr_null(arena_strdup(arena, NULL));
    ck_assert_str_eq(arena_strdup(arena, "abc"), "abc");
    ck_assert_str_eq(arena_strndup(arena, "abc", 2), "ab");
    ck_assert_str_eq(arena_strndup(arena, "abc", 20), "abc");
    ck_assert_str_eq(arena_printf(arena, "%s %d", "x", 7), "x 7");
    int *numbers = ARENA_ARRAY(arena, int, 3);
    ck_assert_int_eq(numbers[2], 0);
}
END_TEST

START_TEST(arena_free_takes_null)
{
    arena_free(NULL);
}
END_TEST

UNIT_MAIN("arena", arena_memory_is_aligned_zeroed_and_apart_at_any_size,
          arena_gives_zeroed_memory_again_after_reset, arena_copies_and_formats_texts,
          arena_free_takes_null)
