/*
 * Writing JSON, into a text that grows. (Reading is Jansson's, in the spec.) Bytes that are not UTF-8 become U+FFFD, so that whatever a
 * remote host printed can be put on record.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* "text" with its quotes; NULL becomes null. */
void json_add(struct str *out, const char *text);
void json_add_n(struct str *out, const char *bytes, size_t len);

/* A member of an object: puts ',' before it unless the text ends in '{' or '['. */
void json_key(struct str *out, const char *key);
void json_member(struct str *out, const char *key, const char *text);
void json_member_i64(struct str *out, const char *key, int64_t number);
/* raw is JSON already; NULL or "" becomes null. */
void json_member_raw(struct str *out, const char *key, const char *raw);
/* ',' unless the text ends in '[' or '{': between the elements of an array. */
void json_comma(struct str *out);

#endif
