/*
 * Takes inputs apart; see fuzz.h.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct fuzz_input fuzz_input(const uint8_t *data, size_t size)
{
    return (struct fuzz_input){(const char *)data, size};
}

static size_t take(struct fuzz_input *input)
{
    const char *newline = input->left > 0 ? memchr(input->at, '\n', input->left) : NULL;
    size_t len = newline ? (size_t)(newline - input->at) : input->left;
    size_t whole = len + (newline != NULL);
    input->at += whole;
    input->left -= whole;
    return len;
}

char *fuzz_line(struct fuzz_input *input, struct arena *arena)
{
    const char *line = input->at;
    size_t len = take(input);
    return len > 0 ? arena_strndup(arena, line, len) : arena_strdup(arena, "");
}

char *fuzz_rest(struct fuzz_input *input, size_t *out_len)
{
    char *text = mem_new(input->left + 1);
    if (input->left > 0)
        memcpy(text, input->at, input->left);
    if (out_len)
        *out_len = input->left;
    *input = (struct fuzz_input){0};
    return text;
}

size_t fuzz_choice(struct fuzz_input *input, size_t below)
{
    const char *line = input->at;
    size_t len = take(input), number = 0;
    for (size_t i = 0; i < len && i < 4 && line[i] >= '0' && line[i] <= '9'; i++)
        number = number * 10 + (size_t)(line[i] - '0');
    return number % below;
}

void fuzz_must(bool holds, const char *sentence)
{
    if (holds)
        return;
    fprintf(stderr, "this must hold and does not: %s\n", sentence);
    abort();
}
