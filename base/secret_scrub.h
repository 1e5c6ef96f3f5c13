/*
 * What the secret*.c files share; nobody else includes it.
 */
#ifndef BASE_SECRET_SCRUB_H
#define BASE_SECRET_SCRUB_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a text that must not be seen: bytes [from, to), and the name to show instead. */
struct scrub_range {
    size_t from, to;
    const char *name;
    bool bare; /* no string: the name stands there as one of its own */
};
struct scrub_ranges {
    size_t len, room;
    struct scrub_range *range;
};
void secret_range_add(struct scrub_ranges *ranges, size_t from, size_t to, const char *name);

/* Makes a value known to the scrubber until secret_forget_all. */
void secret_remember(const char *bytes, size_t len, const char *name);

/* Adds what looks like a secret whoever made it: PEM private keys, WireGuard keys, passwords in
 * URIs and connection strings. */
void secret_find_patterns(struct scrub_ranges *ranges, const char *text, size_t len);

/* Fits ranges of a JSON text (RFC 8259) so that it is JSON when they are replaced: none begins or
   ends within an escape or a character, none goes beyond its string, and one in a number takes the
   whole of it. A range of nothing but punctuation is dropped. */
void secret_fit_json(struct scrub_ranges *ranges, const char *text, size_t len);

/* Reads one character as it was before it was encoded: its bytes into out, their number into *made.
   Returns how many bytes of the text at p (n of them, at least one) it took. */
size_t secret_decode_percent(const unsigned char *p, size_t n, unsigned char out[4], size_t *made);
size_t secret_decode_json(const unsigned char *p, size_t n, unsigned char out[4], size_t *made);

/* Base64url without padding (RFC 4648 §5) into out, which holds secret_base64_len(len) bytes and a
 * terminator. */
void secret_base64(char *out, const unsigned char *bytes, size_t len);
size_t secret_base64_len(size_t len);

/* Shorter ones would take harmless text away. */
#define SECRET_SHORTEST 6

#endif
