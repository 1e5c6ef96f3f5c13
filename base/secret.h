/*
 * A secret: bytes that cannot be formatted by accident. It is read from where the migration file
 * says it is, handed to a library that needs it, and wiped. Every secret that was ever loaded is
 * known to the scrubber, which takes it out of any text that is about to be logged, stored or
 * shown.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct secret;

enum secret_kind { SECRET_FILE, SECRET_FD, SECRET_CREDENTIAL };

/* Where a secret is. FILE: a path, regular, mode 0600 or 0400, owned by us. FD: a number of an
   inherited descriptor. CREDENTIAL: a name below $CREDENTIALS_DIRECTORY (systemd.exec(5)). */
struct secret_ref {
    enum secret_kind kind;
    const char *where;
    int fd;
};

/* Reads it; one trailing newline is cut. name is how the scrubber shows it: "[secret:NAME]".
   Errors: SPEC (missing file, wrong mode or owner, empty, longer than 64 KiB), with what to do. */
struct secret *secret_load(const struct secret_ref *ref, const char *name,
                           struct err *err) MUST_CHECK;
/* Makes one of n random bytes, as base64url text without padding (RFC 4648 §5). n is 16 to 64.
 * Errors: INTERNAL. */
struct secret *secret_random(size_t n, const char *name, struct err *err) MUST_CHECK;
/* Copies text that a library handed us. */
struct secret *secret_copy(const char *bytes, size_t len, const char *name);
/* Wipes and frees. The scrubber goes on knowing its value until secret_forget_all. NULL is fine. */
void secret_free(struct secret *secret);
void secret_cleanup(struct secret **secret); /* for CLEANUP() */

/* The bytes, terminated; borrowed. Only for handing them to a library call. */
const char *secret_reveal(const struct secret *secret);
size_t secret_len(const struct secret *secret);

/* Appends text to out with each known secret replaced by "[secret:NAME]": as it is,
   percent-encoded, JSON-escaped, or in Base64 at any alignment. What looks like a secret becomes
   "[secret:pattern]": PEM private keys, the values of `PrivateKey = …`, `PresharedKey = …`,
   `password=…` and `Authorization: SCHEME …`, passwords in URIs. The text may hold NUL bytes.
   Secrets shorter than 6 bytes are not looked for, as they would take harmless text away;
   secret_load refuses them. Overlapping finds become one. Returns how many were replaced. May be
   called from any thread. */
size_t secret_scrub(struct str *out, const char *text, size_t len);

/* As secret_scrub, for a text that is JSON: the result is JSON too. What is found ends where its
   string ends; in a number it becomes a string. */
size_t secret_scrub_json(struct str *out, const char *text, size_t len);
/* A scrubbed copy in the arena; NULL gives NULL. */
char *secret_scrub_copy(struct arena *arena, const char *text);

/* Wipes what the scrubber knows; at the end of the program and between tests. */
void secret_forget_all(void);

#endif
