/*
 * The command line: the words of an input, one a line, against a table with every type of option.
 * The first line says whether the parser stops at the first word.
 */
#include <string.h>

#include "base/str.h"
#include "orchestrator/cli/option.h"
#include "tests/fuzz/fuzz.h"

static const struct option_row rows[] = {
    {.name = "lines", .argument = "N", .letter = 'n', .type = OPTION_NUMBER, .min = 1, .max = 1000},
    {.name = "lines-after", .argument = "N", .type = OPTION_NUMBER, .min = -5, .max = 5},
    {.name = "from", .argument = "FILE", .type = OPTION_FILE},
    {.name = "reason", .argument = "TEXT", .letter = 'm', .type = OPTION_TEXT},
    {.name = "verify", .type = OPTION_FLAG},
};

static void check_set(const struct option_set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        const struct option_row *row = set->row[i];
        if (set->text[i] == NULL)
            continue;
        if (row->argument == NULL)
            fuzz_must(set->text[i][0] == '\0', "a flag has no value");
        if (row->type == OPTION_NUMBER)
            fuzz_must(set->number[i] >= row->min && set->number[i] <= row->max,
                      "a number is in its range");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORDS = 40 };
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    struct option_set set = {.len = 0};
    struct err err = ERR_INIT;
    char *argv[WORDS + 2] = {arena_strdup(arena, "ece-migrate"), NULL};
    int argc = 1, first = 0;
    enum option_order order = fuzz_choice(&input, 2) ? OPTION_ANYWHERE : OPTION_STOP_AT_WORD;
    while (input.left > 0 && argc <= WORDS)
        argv[argc++] = fuzz_line(&input, arena);
    argv[argc] = NULL;
    option_set_add(&set, rows, ARRAY_LEN(rows));
    option_set_add(&set, option_global, option_global_len);
    int result = option_parse(&set, argc, argv, order, &first, &err);
    fuzz_must(first >= 1 && first <= argc, "the first word is one of them");
    fuzz_must((result == 0) == (err.code == ERR_NONE), "a refusal says why");
    if (result == 0)
        check_set(&set);
    return 0;
}
