/*
 * What the shape of a migration file cannot say: networks apart from each other, addresses inside
 * their VPC, jumps that end, names that are unique, limits that fit together.
 */
#ifndef STEPS_SPEC_MEANING_H
#define STEPS_SPEC_MEANING_H

#include "steps/spec.h"
#include "steps/spec_fault.h"

/* The spec may be half filled: what could not be read is NULL or 0 and is passed over. */
void spec_meaning_check(const struct spec *spec, struct spec_fault_list *list);

#endif
