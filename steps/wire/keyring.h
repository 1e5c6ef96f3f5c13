/*
 * The secrets that connections need, each read once and kept until the end: a connection is made
 * again after a loss, and what came through an inherited descriptor cannot be read twice. For one
 * thread.
 */
#ifndef STEPS_WIRE_KEYRING_H
#define STEPS_WIRE_KEYRING_H

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

struct keyring;

struct keyring *keyring_new(void);
void keyring_free(struct keyring *ring); /* wipes; NULL is fine */

/* Borrowed from the ring. NULL on error. name is what the scrubber shows. Errors: SPEC (as
 * secret_load). */
const struct secret *keyring_get(struct keyring *ring, const struct secret_ref *ref,
                                 const char *name, struct err *err) MUST_CHECK;

#endif
