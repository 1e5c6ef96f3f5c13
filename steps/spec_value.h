/*
 * Single values of the migration file: each is checked against its row of the table of keys and put
 * into its field. No message ever shows what stands where a secret or a path is expected: it may be
 * a secret in the wrong place.
 */
#ifndef STEPS_SPEC_VALUE_H
#define STEPS_SPEC_VALUE_H

#include "base/arena.h"
#include "base/json.h"
#include "steps/spec.h"
#include "steps/spec_fault.h"
#include "steps/spec_keys.h"

struct spec_reader {
    struct spec *spec;
    struct arena *arena; /* the spec's */
    struct spec_fault_list *list;
};

#define SPEC_VALUE_NO_SECRETS                                                                      \
    "no secret may stand in the migration file: put it into a file of mode 0600 and write "        \
    "{\"file\": \"/path/of/it\"}, or {\"credential\": \"name\"} for a systemd credential"

/* Whether the value is of the type; complains when it is not. */
bool spec_value_is(struct spec_reader *reader, const struct spec_place *place, const json_t *json,
                   json_type type, const char *words);

/* The value is of the right JSON type; into is the struct of the object that the key stands in. */
void spec_value_text(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, const json_t *json, void *into);
void spec_value_number(struct spec_reader *reader, const struct spec_place *place,
                       const struct spec_key *key, const json_t *json, void *into);
void spec_value_flag(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, const json_t *json, void *into);
void spec_value_words(struct spec_reader *reader, const struct spec_place *place,
                      const struct spec_key *key, const json_t *json, void *into);
void spec_value_argv(struct spec_reader *reader, const struct spec_place *place,
                     const struct spec_key *key, const json_t *json, void *into);
void spec_value_named(struct spec_reader *reader, const struct spec_place *place,
                      const struct spec_key *key, const json_t *json, void *into);
/* json has exactly one member. */
void spec_value_secret(struct spec_reader *reader, const struct spec_place *place,
                       const struct spec_key *key, const json_t *json, void *into);

void spec_value_fallback(struct spec_reader *reader, const struct spec_key *key, void *into);
void spec_value_complain_missing(struct spec_reader *reader, const struct spec_place *place,
                                 const struct spec_key *key);

#endif
