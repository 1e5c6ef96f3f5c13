/*
 * The starter file: the examples of the table of keys, put together. It has no comments, as JSON
 * has none: an editor shows what the schema says of each key.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "steps/spec.h"
#include "steps/spec_keys.h"

static json_t *starter_of_object(enum spec_object object, int turn, struct arena *arena);

static json_t *starter_of_argv(char *words)
{
    json_t *argv = json_make_array();
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        json_add(argv, json_make_text(word));
    return argv;
}

static json_t *starter_of_secret(const char *path)
{
    json_t *ref = json_make_object();
    json_put(ref, "file", json_make_text(path));
    return ref;
}

static json_t *starter_of_list(const struct spec_key *key, struct arena *arena)
{
    json_t *list = json_make_array();
    json_add(list, starter_of_object(key->holds, 1, arena));
    return list;
}

static json_t *starter_of_map(const struct spec_key *key, struct arena *arena)
{
    json_t *map = json_make_object();
    const char *last = strrchr(key->example, '|');
    int turn = 0;
    struct spec_example name;
    do {
        name = spec_key_example(key, ++turn);
        json_put(map, arena_strndup(arena, name.text, name.len),
                 starter_of_object(key->holds, turn, arena));
    } while (last != NULL && name.text <= last);
    return map;
}

static json_t *starter_of_value(const struct spec_key *key, int turn, struct arena *arena)
{
    struct spec_example example = spec_key_example(key, turn);
    char *text = arena_strndup(arena, example.text, example.len);
    switch (key->type) {
    case SPEC_TEXT:
    case SPEC_NAMED:
        return json_make_text(text);
    case SPEC_NUMBER:
        return json_integer(strtoll(text, NULL, 10));
    case SPEC_FLAG:
        return json_boolean(text[0] == 't');
    case SPEC_WORDS:
    case SPEC_ARGV:
        return starter_of_argv(text);
    case SPEC_SECRET:
        return starter_of_secret(text);
    case SPEC_LIST:
        return starter_of_list(key, arena);
    case SPEC_MAP:
        return starter_of_map(key, arena);
    case SPEC_OBJECT:
        break;
    }
    return starter_of_object(key->holds, key->turn > 0 ? key->turn : turn, arena);
}

/* Objects have an empty example, as their members have their own. */
static bool is_shown(const struct spec_key *key, int turn)
{
    if (key->type == SPEC_OBJECT)
        return key->example != NULL;
    return spec_key_example(key, turn).len > 0;
}

static json_t *starter_of_object(enum spec_object object, int turn, struct arena *arena)
{
    json_t *json = json_make_object();
    const struct spec_key *key = NULL;
    while ((key = spec_key_next(object, key)) != NULL)
        if (is_shown(key, turn))
            json_put(json, key->name, starter_of_value(key, turn, arena));
    return json;
}

const char *spec_starter(struct arena *arena)
{
    CLEANUP(json_cleanup) json_t *starter = starter_of_object(SPEC_IN_FILE, 1, arena);
    return arena_printf(arena, "%s\n", json_text(starter, arena));
}
