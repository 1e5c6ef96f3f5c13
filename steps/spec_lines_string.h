/*
 * Strings inside a JSON text: where one ends, and what it says. Used by the scanner for the names
 * of members.
 */
#ifndef STEPS_SPEC_LINES_STRING_H
#define STEPS_SPEC_LINES_STRING_H

#include "base/arena.h"

/* start is at the opening quote. Returns behind the closing quote, or end when there is none. */
const char *spec_lines_string_end(const char *start, const char *end);

/* What the string from the opening quote to behind the closing one says, as UTF-8, terminated, in
   arena. An escape that JSON does not know stands for itself. */
const char *spec_lines_string_decode(const char *start, const char *end, struct arena *arena);

#endif
