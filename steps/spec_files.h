/*
 * The things outside of the migration file that it points at: key files, secrets, CA certificates,
 * host keys that nobody filled in. Looks at them and reads keys' first lines; loads no secret.
 */
#ifndef STEPS_SPEC_FILES_H
#define STEPS_SPEC_FILES_H

#include "steps/spec.h"
#include "steps/spec_fault.h"

/* The spec may be half filled, as in spec_meaning.h. */
void spec_files_check(const struct spec *spec, struct spec_fault_list *list);

#endif
