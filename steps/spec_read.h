/*
 * From JSON to structs by the table of keys: checks the shape of everything (keys known, types,
 * ranges, forms, names of hosts) and fills what is right into the struct, so that one pass finds
 * all faults of shape, and the checks of meaning (spec_meaning.c) can go on with what could be
 * read. Fields of faulty values stay zero or NULL.
 */
#ifndef STEPS_SPEC_READ_H
#define STEPS_SPEC_READ_H

#include "base/arena.h"
#include "base/json.h"
#include "steps/spec.h"
#include "steps/spec_fault.h"

/* root was parsed from the text whose places list->lines knows. Texts are copied into arena, which
 * the spec keeps. */
void spec_read(struct spec *spec, json_t *root, struct arena *arena, struct spec_fault_list *list);

#endif
