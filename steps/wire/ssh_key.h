/*
 * A private key file as SSH has it, looked at before libssh2 gets it: libssh2 says "-16" for a
 * missing file, a wrong passphrase and a damaged key alike, and fails late and unclearly with RSA
 * (1.10 knows no rsa-sha2). Pure but for reading the file.
 */
#ifndef STEPS_WIRE_SSH_KEY_H
#define STEPS_WIRE_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

enum ssh_key_kind { SSH_KEY_ED25519, SSH_KEY_ECDSA, SSH_KEY_RSA, SSH_KEY_OTHER, SSH_KEY_NONE };

/* What the text is. SSH_KEY_NONE: not a private key at all; OTHER: a kind this look does not tell
   (PKCS #8). Reads the OpenSSH form (PROTOCOL.key of OpenSSH) and the PEM forms. */
enum ssh_key_kind ssh_key_describe(const char *text, size_t len, bool *out_encrypted);

struct ssh_key {
    char *text;
    size_t len;
    enum ssh_key_kind kind;
    bool encrypted;
};

/* Reads the file, at most 64 KiB. Errors: AUTH (missing, readable by others, no key, RSA), each
 * with what to do. */
int ssh_key_read(struct ssh_key *out, const char *path, struct err *err) MUST_CHECK;
void ssh_key_wipe(struct ssh_key *key); /* for CLEANUP() too */

#endif
