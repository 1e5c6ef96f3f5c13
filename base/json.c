/*
 * What Jansson lacks: cleanup, names of types, and builders that cannot fail from the caller's
 * view.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void json_begin(void)
{
    json_set_alloc_funcs(mem_raw, free);
}

void json_cleanup(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

const char *json_type_text(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a fraction";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

static json_t *must(json_t *json)
{
    if (json == NULL)
        mem_exhausted();
    return json;
}

json_t *json_make_object(void)
{
    return must(json_object());
}

json_t *json_make_array(void)
{
    return must(json_array());
}

json_t *json_make_text(const char *text)
{
    json_t *json = json_string(text);
    if (json != NULL)
        return json;
    char *copy = mem_strdup(text);
    for (char *c = copy; *c != '\0'; c++)
        if ((*c & 0x80) != 0)
            *c = '?';
    json = must(json_string(copy));
    free(copy);
    return json;
}

void json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, must(value)) < 0)
        mem_exhausted();
}

void json_add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, must(value)) < 0)
        mem_exhausted();
}

const char *json_text(const json_t *json, struct arena *arena)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    if (text == NULL)
        mem_exhausted();
    const char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}
