/*
 * From bytes to JSON: what can be wrong with a migration file before its content means anything,
 * told in words that help somebody who edits JSON by hand. Jansson stops at the first fault of
 * syntax, so there is only one.
 */
#ifndef STEPS_SPEC_TEXT_H
#define STEPS_SPEC_TEXT_H

#include "base/json.h"
#include "steps/spec_fault.h"

#define SPEC_TEXT_MAX (1024 * 1024)

/* Returns a new reference, or NULL with one fault added. */
json_t *spec_text_parse(const char *text, size_t len, struct spec_fault_list *list);

#endif
