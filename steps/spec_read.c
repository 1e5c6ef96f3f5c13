/*
 * The walk through the file along the table of keys: objects, lists and maps here, single values in
 * spec_value.c.
 */
#include "steps/spec_read.h"

#include <string.h>

#include "base/near.h"
#include "base/str.h"
#include "steps/spec_value.h"

static void read_object(struct spec_reader *reader, const struct spec_place *place, json_t *json,
                        enum spec_object object, void *into);

/* Keys that would hold a secret in other programs' files get the answer that people need. */
static bool sounds_secret(const char *name)
{
    static const char *const words[] = {"pass", "pwd", "secret", "token", "private_key", "psk"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasestr(name, words[i]) != NULL)
            return true;
    return false;
}

static const char *known_keys(struct spec_reader *reader, enum spec_object object)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    const struct spec_key *key = NULL;
    while ((key = spec_key_next(object, key)) != NULL)
        str_printf(&out, "%s'%s'", out.len > 0 ? ", " : "", key->name);
    return arena_strdup(reader->arena, str_text(&out));
}

static void complain_unknown(struct spec_reader *reader, const struct spec_place *place,
                             enum spec_object object)
{
    struct near near = NEAR_INIT(place->name);
    const struct spec_key *key = NULL;
    while ((key = spec_key_next(object, key)) != NULL)
        near_offer(&near, key->name);
    const char *shown = spec_fault_quote(place->name, reader->list->arena);
    if (near.best != NULL)
        spec_fault_add(reader->list, place, NULL, "unknown key '%s'; did you mean '%s'?", shown,
                       near.best);
    else if (sounds_secret(place->name))
        spec_fault_add(reader->list, place, NULL, "unknown key '%s'; " SPEC_VALUE_NO_SECRETS,
                       shown);
    else
        spec_fault_add(reader->list, place, NULL, "unknown key '%s'; write one of %s", shown,
                       known_keys(reader, object));
}

static void check_unknown(struct spec_reader *reader, const struct spec_place *place, json_t *json,
                          enum spec_object object)
{
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const struct spec_place *member = spec_lines_member(reader->list->lines, place, name);
        if (member != NULL && spec_key_find(object, name) == NULL)
            complain_unknown(reader, member, object);
    }
}

/* The elements' structs stand in one array; it and its length go where the row says. */
static char *make_elements(struct spec_reader *reader, const struct spec_key *key, void *into,
                           size_t len)
{
    char *elements = arena_alloc(reader->arena, spec_object_size(key->holds) * len);
    memcpy((char *)into + key->to.at, &elements, sizeof elements);
    memcpy((char *)into + key->count.at, &len, sizeof len);
    return elements;
}

static bool count_fits(struct spec_reader *reader, const struct spec_place *place,
                       const struct spec_key *key, size_t len)
{
    if (len >= (size_t)key->min && len <= (size_t)key->max)
        return true;
    spec_fault_add(reader->list, place, NULL, "'%s' has %zu members; write %d to %d", key->name,
                   len, (int)key->min, (int)key->max);
    return false;
}

static void read_list(struct spec_reader *reader, const struct spec_place *place,
                      const struct spec_key *key, json_t *json, void *into)
{
    size_t len = json_array_size(json);
    if (!count_fits(reader, place, key, len))
        return;
    size_t size = spec_object_size(key->holds);
    char *elements = make_elements(reader, key, into, len);
    for (size_t i = 0; i < len; i++) {
        const struct spec_place *element = spec_lines_element(reader->list->lines, place, i);
        json_t *value = json_array_get(json, i);
        if (spec_value_is(reader, element, value, JSON_OBJECT, "an object"))
            read_object(reader, element, value, key->holds, elements + i * size);
    }
}

/* A member's name goes into its struct's first field (see spec_keys.c). All names come before all
 * members, which may refer to them. */
static void name_members(struct spec_reader *reader, const struct spec_place *place,
                         const struct spec_key *key, json_t *json, char *elements)
{
    char *element = elements;
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const struct spec_place *member = spec_lines_member(reader->list->lines, place, name);
        if (!spec_form_fits(key->form, name, strlen(name)))
            spec_fault_add(reader->list, member, NULL, "'%s' is no name for this; write %s",
                           spec_fault_quote(name, reader->list->arena),
                           spec_form(key->form)->words);
        const char *copy = arena_strdup(reader->arena, name);
        memcpy(element, &copy, sizeof copy);
        element += spec_object_size(key->holds);
    }
}

static void read_map(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, json_t *json, void *into)
{
    size_t len = json_object_size(json);
    if (!count_fits(reader, place, key, len))
        return;
    char *element = make_elements(reader, key, into, len);
    name_members(reader, place, key, json, element);
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const struct spec_place *member = spec_lines_member(reader->list->lines, place, name);
        if (spec_value_is(reader, member, value, JSON_OBJECT, "an object"))
            read_object(reader, member, value, key->holds, element);
        element += spec_object_size(key->holds);
    }
}

/* A secret's object has one of its keys; which one says the kind. */
static void read_secret(struct spec_reader *reader, const struct spec_place *place,
                        const struct spec_key *key, json_t *json, void *into)
{
    check_unknown(reader, place, json, SPEC_IN_SECRET);
    if (json_object_size(json) != 1)
        spec_fault_add(reader->list, place, NULL,
                       "'%s' must say one place; write one of {\"file\": \"/path\"}, {\"fd\": 3} "
                       "and {\"credential\": \"name\"}",
                       key->name);
    else
        spec_value_secret(reader, place, key, json, into);
}

/* Which JSON type a row wants, and how a sentence says it. */
static json_type wanted_type(const struct spec_key *key, const char **out_words)
{
    *out_words = "a string";
    switch (key->type) {
    case SPEC_TEXT:
    case SPEC_NAMED:
        return JSON_STRING;
    case SPEC_NUMBER:
        *out_words = "an integer";
        return JSON_INTEGER;
    case SPEC_ARGV:
    case SPEC_WORDS:
    case SPEC_LIST:
        *out_words = "an array";
        return JSON_ARRAY;
    case SPEC_FLAG: /* has two types of JSON: spec_value_flag looks itself */
    case SPEC_SECRET:
    case SPEC_OBJECT:
    case SPEC_MAP:
        break;
    }
    *out_words = "an object";
    return JSON_OBJECT;
}

static void read_value(struct spec_reader *reader, const struct spec_place *place,
                       const struct spec_key *key, json_t *json, void *into)
{
    const char *words;
    json_type type = wanted_type(key, &words);
    if (key->type == SPEC_SECRET && json_is_string(json))
        spec_fault_add(reader->list, place, NULL,
                       "'%s' stands in the file itself; " SPEC_VALUE_NO_SECRETS, key->name);
    else if (key->type == SPEC_FLAG || spec_value_is(reader, place, json, type, words))
        switch (key->type) {
        case SPEC_TEXT:
            spec_value_text(reader, place, key, json, into);
            break;
        case SPEC_NUMBER:
            spec_value_number(reader, place, key, json, into);
            break;
        case SPEC_FLAG:
            spec_value_flag(reader, place, key, json, into);
            break;
        case SPEC_WORDS:
            spec_value_words(reader, place, key, json, into);
            break;
        case SPEC_ARGV:
            spec_value_argv(reader, place, key, json, into);
            break;
        case SPEC_NAMED:
            spec_value_named(reader, place, key, json, into);
            break;
        case SPEC_SECRET:
            read_secret(reader, place, key, json, into);
            break;
        case SPEC_OBJECT:
            read_object(reader, place, json, key->holds, (char *)into + key->to.at);
            break;
        case SPEC_LIST:
            read_list(reader, place, key, json, into);
            break;
        case SPEC_MAP:
            read_map(reader, place, key, json, into);
            break;
        }
}

/* A missing key takes its default; a missing object the defaults of its keys, unless what it asks
 * for is left out even of the starter: then it is not asked for. */
static void read_missing(struct spec_reader *reader, const struct spec_place *place,
                         const struct spec_key *key, void *into)
{
    if (key->required)
        spec_value_complain_missing(reader, place, key);
    else if (key->fallback != NULL)
        spec_value_fallback(reader, key, into);
    else if (key->type == SPEC_OBJECT && key->example != NULL)
        read_object(reader, place, NULL, key->holds, (char *)into + key->to.at);
}

/* json NULL: the object is missing and none of its keys is required. */
static void read_object(struct spec_reader *reader, const struct spec_place *place, json_t *json,
                        enum spec_object object, void *into)
{
    if (json != NULL)
        check_unknown(reader, place, json, object);
    const struct spec_key *key = NULL;
    while ((key = spec_key_next(object, key)) != NULL) {
        json_t *value = json == NULL ? NULL : json_object_get(json, key->name);
        if (value == NULL)
            read_missing(reader, place, key, into);
        else
            read_value(reader, spec_lines_member(reader->list->lines, place, key->name), key, value,
                       into);
    }
}

void spec_read(struct spec *spec, json_t *root, struct arena *arena, struct spec_fault_list *list)
{
    struct spec_reader reader = {.spec = spec, .arena = arena, .list = list};
    const struct spec_place *place = spec_lines_root(list->lines);
    if (spec_value_is(&reader, place, root, JSON_OBJECT, "an object"))
        read_object(&reader, place, root, SPEC_IN_FILE, spec);
}
