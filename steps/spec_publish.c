/*
 * What is published of the table of keys: the JSON Schema, by which an editor completes and checks
 * a migration file and shows what each key is, and the starter file. Draft-07 is what editors know
 * best; objects are written out where they stand rather than referred to, as draft-07 allows
 * nothing beside a $ref and each place has a description of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "steps/spec.h"
#include "steps/spec_keys.h"

static json_t *schema_of_object(enum spec_object object);

static json_t *schema_of_form(enum spec_form form)
{
    const struct spec_form_row *row = spec_form(form);
    json_t *schema = json_make_object();
    json_put(schema, "type", json_make_text("string"));
    if (row->choice != NULL) {
        json_t *choices = json_make_array();
        json_add(choices, json_make_text(row->choice));
        json_put(schema, "enum", choices);
    } else {
        json_put(schema, "pattern", json_make_text(row->pattern));
        json_put(schema, "maxLength", json_integer((json_int_t)row->max_len));
    }
    return schema;
}

static json_t *schema_of_type(const char *type)
{
    json_t *schema = json_make_object();
    json_put(schema, "type", json_make_text(type));
    return schema;
}

static json_t *schema_of_number(const struct spec_key *key)
{
    json_t *schema = schema_of_type("integer");
    json_put(schema, "minimum", json_integer(key->min));
    json_put(schema, "maximum", json_integer(key->max));
    return schema;
}

static json_t *schema_of_words(const struct spec_key *key)
{
    json_t *schema = schema_of_type("array");
    json_put(schema, "uniqueItems", json_true());
    json_put(schema, "items", schema_of_form(key->form));
    return schema;
}

/* The first word is the program and cannot be empty; what follows may be. */
static json_t *schema_of_argv(void)
{
    json_t *program = schema_of_type("string");
    json_put(program, "minLength", json_integer(1));
    json_t *words = json_make_array();
    json_add(words, program);
    json_t *schema = schema_of_type("array");
    json_put(schema, "minItems", json_integer(1));
    json_put(schema, "items", words);
    json_put(schema, "additionalItems", schema_of_type("string"));
    return schema;
}

static json_t *schema_of_secret(void)
{
    json_t *schema = schema_of_object(SPEC_IN_SECRET);
    json_put(schema, "minProperties", json_integer(1));
    json_put(schema, "maxProperties", json_integer(1));
    return schema;
}

static json_t *schema_of_list(const struct spec_key *key)
{
    json_t *schema = schema_of_type("array");
    json_put(schema, "minItems", json_integer(key->min));
    json_put(schema, "maxItems", json_integer(key->max));
    json_put(schema, "items", schema_of_object(key->holds));
    return schema;
}

static json_t *schema_of_map(const struct spec_key *key)
{
    json_t *schema = schema_of_type("object");
    json_put(schema, "minProperties", json_integer(key->min));
    json_put(schema, "maxProperties", json_integer(key->max));
    json_put(schema, "propertyNames", schema_of_form(key->form));
    json_put(schema, "additionalProperties", schema_of_object(key->holds));
    return schema;
}

static json_t *schema_of_value(const struct spec_key *key)
{
    switch (key->type) {
    case SPEC_TEXT:
        return schema_of_form(key->form);
    case SPEC_NAMED:
        return schema_of_form(SPEC_FORM_NAME);
    case SPEC_NUMBER:
        return schema_of_number(key);
    case SPEC_FLAG:
        return schema_of_type("boolean");
    case SPEC_WORDS:
        return schema_of_words(key);
    case SPEC_ARGV:
        return schema_of_argv();
    case SPEC_SECRET:
        return schema_of_secret();
    case SPEC_LIST:
        return schema_of_list(key);
    case SPEC_MAP:
        return schema_of_map(key);
    case SPEC_OBJECT:
        break;
    }
    return schema_of_object(key->holds);
}

/* A value of a row as its type has it in JSON. */
static json_t *value_of(const struct spec_key *key, const char *text)
{
    if (key->type == SPEC_FLAG)
        return json_boolean(text[0] == 't');
    return key->type == SPEC_NUMBER ? json_integer(strtoll(text, NULL, 10)) : json_make_text(text);
}

static json_t *schema_of_key(const struct spec_key *key)
{
    json_t *schema = schema_of_value(key);
    json_put(schema, "description", json_make_text(key->about));
    if (key->fallback != NULL)
        json_put(schema, "default", value_of(key, key->fallback));
    return schema;
}

static json_t *schema_of_object(enum spec_object object)
{
    json_t *properties = json_make_object();
    json_t *required = json_make_array();
    const struct spec_key *key = NULL;
    while ((key = spec_key_next(object, key)) != NULL) {
        json_put(properties, key->name, schema_of_key(key));
        if (key->required)
            json_add(required, json_make_text(key->name));
    }
    json_t *schema = schema_of_type("object");
    json_put(schema, "additionalProperties", json_false());
    json_put(schema, "required", required);
    json_put(schema, "properties", properties);
    return schema;
}

const char *spec_schema(struct arena *arena)
{
    CLEANUP(json_cleanup) json_t *schema = json_make_object();
    CLEANUP(json_cleanup) json_t *file = schema_of_object(SPEC_IN_FILE);
    json_put(schema, "$schema", json_make_text("http://json-schema.org/draft-07/schema#"));
    json_put(schema, "title", json_make_text("Migration file of ece-migrate"));
    json_put(schema, "description",
             json_make_text(
                 "Describes one move of services from one VPC to another. "
                 "'ece-migrate init' writes one to begin with, 'ece-migrate check' checks it."));
    json_object_update(schema, file);
    return arena_printf(arena, "%s\n", json_text(schema, arena));
}
