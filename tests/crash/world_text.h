/*
 * A fake world as text, "name=value" a line: to compare two ends, and to keep a world beside the
 * state file of a migration that is parked in it. One table names the fields.
 */
#ifndef TESTS_CRASH_WORLD_TEXT_H
#define TESTS_CRASH_WORLD_TEXT_H

#include "tests/fake/fake.h"

enum world_text {
    WORLD_TEXT_END, /* only what must be the same at two ends of the same kind */
    WORLD_TEXT_ALL, /* all that a world consists of */
};

void world_text_add(struct str *out, const struct fake *fake, enum world_text which);

/* Sets what the text names; what it does not name stays as it is. Texts go into the arena. Returns
 * NULL, or the first name that no field has. */
const char *world_text_set(struct fake *fake, const char *text, struct arena *arena);

#endif
