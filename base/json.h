/*
 * The door to Jansson: the one place that includes its header, and the few things that it lacks.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/attr.h"

/* First of all in a program: from then on Jansson ends the program when there is no memory, as ours
 * does. Its parser would tell of a fault in the document instead. */
void json_begin(void);

void json_cleanup(json_t **json); /* for CLEANUP(): gives the reference back */

/* "an object", "a string": a value's type as a sentence names it. Static. */
const char *json_type_text(const json_t *json);

/* The text of a value, objects in the order in which they were filled, indented by two blanks. In
 * arena. */
const char *json_text(const json_t *json, struct arena *arena);

/* Jansson returns NULL when there is no memory or a text is not UTF-8; a document half built is
   worse than none, so these end the program as the arena does. The new reference is the caller's,
   or goes to the container. */
json_t *json_make_object(void);
json_t *json_make_array(void);
json_t *json_make_text(const char *text); /* bytes that are not UTF-8 become '?' */
void json_put(json_t *object, const char *key, json_t *value);
void json_add(json_t *array, json_t *value);

#endif
