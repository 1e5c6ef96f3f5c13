/*
 * The migration file: Jansson's tree, our own finder of positions beside it, the checks. Any text
 * is either taken or refused with faults that name a line of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "steps/spec.h"
#include "steps/spec_lines.h"
#include "tests/fuzz/fuzz.h"

static int lines_of(const char *text, size_t len)
{
    int lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Whatever Jansson read, our finder knows where it stands. */
static void find_all(const struct spec_lines *lines, const struct spec_place *place,
                     const json_t *json, int count)
{
    fuzz_must(place != NULL, "each value has a place");
    fuzz_must(place->line >= 1 && place->line <= count, "a place is on a line of the text");
    json_t *object = (json_t *)(uintptr_t)json; /* its iterators are not const */
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        find_all(lines, spec_lines_member(lines, place, json_object_iter_key(at)),
                 json_object_iter_value(at), count);
    for (size_t i = 0; i < json_array_size(json); i++)
        find_all(lines, spec_lines_element(lines, place, i), json_array_get(json, i), count);
}

static void try_lines(const char *text, size_t len, struct arena *arena)
{
    struct spec_lines *lines = spec_lines_scan(text, len, arena);
    json_t *json CLEANUP(json_cleanup) = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    if (json)
        find_all(lines, spec_lines_root(lines), json, lines_of(text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    struct spec_faults faults;
    struct spec *spec = NULL;
    struct err err = ERR_INIT;
    size_t len;
    char *text = fuzz_rest(&input, &len);
    try_lines(text, len, arena);
    int result = spec_parse(&spec, text, len, SPEC_TRUST_FILES, arena, &faults, &err);
    fuzz_must((result == 0) == (faults.len == 0), "a file is refused exactly when it has faults");
    for (size_t i = 0; i < faults.len; i++) {
        fuzz_must(faults.fault[i].line >= 0 && faults.fault[i].line <= lines_of(text, len),
                  "a fault is on a line of the file");
        fuzz_must(faults.fault[i].text[0] != '\0', "a fault says what is wrong");
    }
    if (result == 0)
        fuzz_must(spec->id[0] && spec->hosts > 0 && spec->services > 0 && spec->text_len == len &&
                      memcmp(spec->text, text, len) == 0,
                  "what was taken is whole");
    spec_free(spec);
    free(text);
    return 0;
}
