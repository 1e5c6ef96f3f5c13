/*
 * The values behind spec_value.h.
 */
#include "steps/spec_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

bool spec_value_is(struct spec_reader *reader, const struct spec_place *place, const json_t *json,
                   json_type type, const char *words)
{
    if (json_typeof(json) == type)
        return true;
    spec_fault_add(reader->list, place, NULL, "%s stands here; write %s", json_type_text(json),
                   words);
    return false;
}

static void put(const struct spec_key *key, void *into, const void *value, size_t size)
{
    if (key->to.size == size)
        memcpy((char *)into + key->to.at, value, size);
}

/* The pointer itself, not what it points at. */
static void put_pointer(const struct spec_key *key, void *into, const void *pointer)
{
    put(key, into, &pointer, sizeof pointer);
}

static void put_text(struct spec_reader *reader, const struct spec_key *key, void *into,
                     const char *text)
{
    put_pointer(key, into, arena_strdup(reader->arena, text));
}

/* The range of a row always fits its field. */
static void put_number(const struct spec_key *key, void *into, int64_t number)
{
    uint16_t narrow = (uint16_t)number;
    int middle = (int)number;
    put(key, into, &narrow, sizeof narrow);
    put(key, into, &middle, sizeof middle);
    put(key, into, &number, sizeof number);
}

/* What the value looks like, when that can be no secret: a path that does not begin like one may be
 * anything. */
static void complain_form(struct spec_reader *reader, const struct spec_place *place,
                          const struct spec_key *key, const char *text)
{
    const char *words = spec_form(key->form)->words;
    if (strstr(text, "PRIVATE KEY") != NULL)
        spec_fault_add(reader->list, place, NULL,
                       "a private key stands here; write the path of its file");
    else if (*text == '\0')
        spec_fault_add(reader->list, place, NULL, "'%s' is empty; write %s", key->name, words);
    else if (key->form == SPEC_FORM_PATH || (key->in & SPEC_IN_SECRET) != 0)
        spec_fault_add(reader->list, place, NULL, "this is not what '%s' must be; write %s",
                       key->name, words);
    else
        spec_fault_add(reader->list, place, NULL, "'%s' does not fit; write %s",
                       spec_fault_quote(text, reader->list->arena), words);
}

void spec_value_text(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, const json_t *json, void *into)
{
    const char *text = json_string_value(json);
    if (spec_form_fits(key->form, text, json_string_length(json)))
        put_text(reader, key, into, text);
    else
        complain_form(reader, place, key, text);
}

void spec_value_number(struct spec_reader *reader, const struct spec_place *place,
                       const struct spec_key *key, const json_t *json, void *into)
{
    int64_t number = json_integer_value(json);
    if (number >= key->min && number <= key->max)
        put_number(key, into, number);
    else
        spec_fault_add(reader->list, place, NULL,
                       "%" PRId64 " is out of range; write a number from %" PRId64 " to %" PRId64,
                       number, key->min, key->max);
}

void spec_value_flag(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, const json_t *json, void *into)
{
    bool flag = json_is_true(json);
    if (json_is_boolean(json))
        put(key, into, &flag, sizeof flag);
    else
        spec_fault_add(reader->list, place, NULL, "%s stands here; write true or false",
                       json_type_text(json));
}

void spec_value_words(struct spec_reader *reader, const struct spec_place *place,
                      const struct spec_key *key, const json_t *json, void *into)
{
    size_t len = json_array_size(json);
    const char **words = ARENA_ARRAY(reader->arena, const char *, len + 1);
    for (size_t i = 0; i < len; i++) {
        const struct spec_place *word = spec_lines_element(reader->list->lines, place, i);
        const json_t *value = json_array_get(json, i);
        words[i] = "";
        if (!spec_value_is(reader, word, value, JSON_STRING, "a string"))
            continue;
        words[i] = arena_strdup(reader->arena, json_string_value(value));
        if (!spec_form_fits(key->form, words[i], json_string_length(value)))
            complain_form(reader, word, key, words[i]);
    }
    put_pointer(key, into, words);
}

void spec_value_argv(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, const json_t *json, void *into)
{
    size_t len = json_array_size(json);
    const char **argv = ARENA_ARRAY(reader->arena, const char *, len + 1);
    for (size_t i = 0; i < len; i++) {
        const struct spec_place *word = spec_lines_element(reader->list->lines, place, i);
        const json_t *value = json_array_get(json, i);
        if (spec_value_is(reader, word, value, JSON_STRING, "a string"))
            argv[i] = arena_strdup(reader->arena, json_string_value(value));
    }
    if (len == 0 || str_equal(argv[0], ""))
        spec_fault_add(
            reader->list, place, NULL,
            "'%s' names no command; write its words, the program first, or leave the key out",
            key->name);
    put_pointer(key, into, argv);
}

static const char *host_names(struct spec_reader *reader)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < reader->spec->hosts; i++) /* at most 256, see the table */
        str_printf(&out, "%s'%s'", i > 0 ? ", " : "",
                   spec_fault_quote(reader->spec->host[i].name, reader->list->arena));
    return arena_strdup(reader->list->arena, str_text(&out));
}

/* Without any host the fault is there, not here. */
void spec_value_named(struct spec_reader *reader, const struct spec_place *place,
                      const struct spec_key *key, const json_t *json, void *into)
{
    const char *name = json_string_value(json);
    const struct spec_host *host = spec_find_host(reader->spec, name);
    if (host != NULL)
        put_pointer(key, into, host);
    else if (reader->spec->hosts > 0)
        spec_fault_add(reader->list, place, NULL,
                       "'%s' is not among the hosts; write one of %s, or add it under /hosts",
                       spec_fault_quote(name, reader->list->arena), host_names(reader));
}

/* Reads the one member into ref. Returns false when it is not right, and has then complained. */
static bool read_ref(struct spec_reader *reader, const struct spec_place *place, const json_t *json,
                     struct secret_ref *ref)
{
    const struct spec_key *key = NULL;
    const json_t *value = NULL;
    while (value == NULL && (key = spec_key_next(SPEC_IN_SECRET, key)) != NULL)
        value = json_object_get(json, key->name);
    if (value == NULL)
        return false;
    const struct spec_place *member = spec_lines_member(reader->list->lines, place, key->name);
    size_t before = reader->list->len;
    if (key->type == SPEC_NUMBER) {
        ref->kind = SECRET_FD;
        ref->fd = (int)json_integer_value(value);
        if (spec_value_is(reader, member, value, JSON_INTEGER, "an integer"))
            spec_value_number(reader, member, key, value, ref);
    } else if (spec_value_is(reader, member, value, JSON_STRING, "a string")) {
        ref->kind = key->form == SPEC_FORM_PATH ? SECRET_FILE : SECRET_CREDENTIAL;
        ref->where = arena_strdup(reader->arena, json_string_value(value));
        spec_value_text(reader, member, key, value, ref);
    }
    return reader->list->len == before;
}

/* A field of the size of a pointer is one: the secret is optional there and NULL says that there is
 * none. */
void spec_value_secret(struct spec_reader *reader, const struct spec_place *place,
                       const struct spec_key *key, const json_t *json, void *into)
{
    struct secret_ref *ref = ARENA_NEW(reader->arena, struct secret_ref);
    if (!read_ref(reader, place, json, ref))
        return;
    put(key, into, ref, sizeof *ref);
    put_pointer(key, into, ref);
}

void spec_value_fallback(struct spec_reader *reader, const struct spec_key *key, void *into)
{
    int64_t number;
    if (key->type == SPEC_TEXT)
        put_text(reader, key, into, key->fallback);
    else if (str_to_i64(key->fallback, &number) == 0)
        put_number(key, into, number);
}

static const char *inner_keys(struct spec_reader *reader, const struct spec_key *key)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    const struct spec_key *inner = NULL;
    while ((inner = spec_key_next(key->holds, inner)) != NULL)
        if (inner->required)
            str_printf(&out, "%s'%s'", out.len > 0 ? ", " : "", inner->name);
    return arena_strdup(reader->list->arena, str_text(&out));
}

static const char *starter_value(struct spec_reader *reader, const struct spec_key *key)
{
    struct spec_example example = spec_key_example(key, 1);
    return arena_strndup(reader->list->arena, example.text, example.len);
}

void spec_value_complain_missing(struct spec_reader *reader, const struct spec_place *place,
                                 const struct spec_key *key)
{
    struct spec_fault_list *list = reader->list;
    switch (key->type) {
    case SPEC_SECRET:
        spec_fault_add(list, place, key->name,
                       "'%s' is missing; write where the secret is, such as {\"file\": \"%s\"}",
                       key->name, starter_value(reader, key));
        break;
    case SPEC_OBJECT:
    case SPEC_MAP:
        spec_fault_add(list, place, key->name, "'%s' is missing; write an object with %s%s",
                       key->name, key->type == SPEC_MAP ? "a member for each, with " : "",
                       inner_keys(reader, key));
        break;
    case SPEC_LIST:
        spec_fault_add(list, place, key->name, "'%s' is missing; write an array of objects with %s",
                       key->name, inner_keys(reader, key));
        break;
    case SPEC_TEXT:
    case SPEC_NAMED:
    case SPEC_NUMBER:
    case SPEC_FLAG:
    case SPEC_WORDS:
    case SPEC_ARGV:
        spec_fault_add(list, place, key->name, "'%s' is missing; write something such as '%s'",
                       key->name, starter_value(reader, key));
        break;
    }
}
