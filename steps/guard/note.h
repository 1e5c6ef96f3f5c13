/*
 * Writing JSON, into a text that grows: the guard carries no library for it. Bytes that are not
 * UTF-8 become U+FFFD, so that whatever a server said can be put on record.
 */
#ifndef GUARD_NOTE_H
#define GUARD_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* "text" with its quotes; NULL becomes null. */
void note_add(struct str *out, const char *text);
void note_add_n(struct str *out, const char *bytes, size_t len);

/* A member of an object: puts ',' before it unless the text ends in '{' or '['. */
void note_key(struct str *out, const char *key);
void note_member(struct str *out, const char *key, const char *text);
void note_member_i64(struct str *out, const char *key, int64_t number);
/* raw is JSON already; NULL or "" becomes null. */
void note_member_raw(struct str *out, const char *key, const char *raw);
/* ',' unless the text ends in '[' or '{': between the elements of an array. */
void note_comma(struct str *out);

#endif
