/*
 * For the tests of the migration file: a good file (example.json) with one thing changed, and all
 * faults of the result as one text to compare.
 */
#ifndef TESTS_UNIT_SPEC_EDIT_H
#define TESTS_UNIT_SPEC_EDIT_H

#include "base/arena.h"
#include "base/str.h"
#include "steps/spec.h"
#include "tests/unit/unit.h"

/* The good file. It is not the starter file, so that the lines in the tests stay when that changes.
 */
static inline const char *example(struct arena *arena)
{
    FILE *file = fopen(TESTS_UNIT_SPEC_DIR "/example.json", "re");
    ck_assert_ptr_nonnull(file);
    char *text = arena_alloc(arena, 16384);
    ck_assert_uint_gt(fread(text, 1, 16383, file), 0);
    fclose(file);
    return text;
}

/* The text with the first occurrence of from, which must be there, replaced. */
static inline const char *edit(struct arena *arena, const char *text, const char *from,
                               const char *to)
{
    const char *at = strstr(text, from);
    ck_assert_msg(at != NULL, "'%s' is in the text", from);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* "LINE POINTER: TEXT\n" for each fault; "" when there is none. */
static inline const char *faults_of_bytes(struct arena *arena, const char *text, size_t len,
                                          enum spec_files files)
{
    struct spec *spec = NULL;
    struct spec_faults faults;
    struct err err = ERR_INIT;
    int result = spec_parse(&spec, text, len, files, arena, &faults, &err);
    ck_assert_int_eq(result, faults.len > 0 ? -1 : 0);
    ck_assert_int_eq(err.code, faults.len > 0 ? ERR_SPEC : ERR_NONE);
    ck_assert((spec != NULL) == (result == 0));
    const char *out = "";
    for (size_t i = 0; i < faults.len; i++)
        out = arena_printf(arena, "%s%d %s: %s\n", out, faults.fault[i].line,
                           faults.fault[i].pointer, faults.fault[i].text);
    spec_free(spec);
    return out;
}

static inline const char *faults_of(struct arena *arena, const char *text)
{
    return faults_of_bytes(arena, text, strlen(text), SPEC_TRUST_FILES);
}

/* The good file with one edit has exactly these faults. */
static inline void expect_faults(const char *from, const char *to, const char *expected)
{
    struct arena *arena = arena_new();
    const char *text = edit(arena, example(arena), from, to);
    ck_assert_str_eq(faults_of(arena, text), expected);
    arena_free(arena);
}

#endif
