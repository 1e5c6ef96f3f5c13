/*
 * What kind of private key a file holds, from its text alone: enough to say before any connection
 * that a key will not do, and why. It never decrypts and never keeps anything of the key.
 *
 * Sources: OpenSSH's PROTOCOL.key for the "openssh-key-v1" form, whose public half is clear even
 * when the key is encrypted; RFC 7468, RFC 5958 and RFC 8410 for the PEM forms.
 */
#ifndef STEPS_SPEC_KEY_FILE_H
#define STEPS_SPEC_KEY_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum spec_key_kind {
    SPEC_KEY_GOOD,     /* Ed25519 or ECDSA, or a PEM form that does not tell */
    SPEC_KEY_RSA,      /* libssh2 1.10 signs with SHA-1 only, which OpenSSH has refused since 8.8 */
    SPEC_KEY_DSA,      /* OpenSSH has refused it since 7.0 */
    SPEC_KEY_HARDWARE, /* sk-…: needs a token, which nobody touches in an unattended run */
    SPEC_KEY_PUBLIC,   /* the public half */
    SPEC_KEY_PUTTY,
    SPEC_KEY_UNKNOWN, /* no private key at all */
};

struct spec_key_look {
    enum spec_key_kind kind;
    bool encrypted;
};

struct spec_key_look spec_key_file_look(const char *text, size_t len);

#endif
