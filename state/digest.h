/*
 * SHA-256, by OpenSSL: the only module that names it. Hashes are shown and stored as lower-case
 * hex.
 */
#ifndef STATE_DIGEST_H
#define STATE_DIGEST_H

#include <stddef.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX   65 /* with the terminator */

/* First of all in a program: from then on libcrypto ends the program when there is no memory, as
 * ours does. It and who calls it (libssh2 1.10) crash at some places instead. */
void digest_begin(void);

/* Ends the program when the library cannot hash at all: evidence without hashes would be none. */
void digest_sha256(unsigned char out[DIGEST_BYTES], const void *bytes, size_t len);
void digest_hex(char out[DIGEST_HEX], const unsigned char digest[DIGEST_BYTES]);
/* Returns 0, or -1 when hex is not 64 lower-case hex digits. */
int digest_from_hex(unsigned char out[DIGEST_BYTES], const char *hex);

#endif
