/*
 * Base64 with the standard alphabet (RFC 4648 §4), as key files and fingerprints have it.
 */
#ifndef STEPS_WIRE_BASE64_H
#define STEPS_WIRE_BASE64_H

#include <stddef.h>

/* Room for len bytes as text without padding, with the terminator. */
#define BASE64_ROOM(len) (((len)*4 + 2) / 3 + 1)

/* Writes BASE64_ROOM(len) bytes at most: text without padding, terminated. */
void base64_encode(char *out, const unsigned char *bytes, size_t len);
/* Reads up to the first character that is neither of the alphabet nor white space. out holds len
   bytes or more. Returns how many bytes were made. */
size_t base64_decode(unsigned char *out, const char *text, size_t len);

#endif
