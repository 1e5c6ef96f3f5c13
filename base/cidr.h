/*
 * IPv4 addresses and networks in CIDR notation (RFC 4632), as numbers: read, written, compared. It
 * never resolves a name and knows nothing of IPv6: project VPCs are IPv4.
 */
#ifndef BASE_CIDR_H
#define BASE_CIDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct cidr {
    uint32_t address; /* in host byte order: 10.0.0.1 is 0x0a000001 */
    int prefix;       /* 0 to 32 */
};

/* Four decimal numbers of 0 to 255 without leading zeros (which inet_aton(3) would read as octal),
   nothing around them. Returns 0, or -1 when the text is not one; *out is then untouched. */
int cidr_parse_address(const char *text, uint32_t *out) MUST_CHECK;

/* "10.10.0.0/16". The bits behind the prefix may be set: see cidr_is_canonical. Returns as above.
 */
int cidr_parse(const char *text, struct cidr *out) MUST_CHECK;

/* Whether no bit behind the prefix is set, and the network that has them cleared. */
bool cidr_is_canonical(struct cidr cidr);
struct cidr cidr_canonical(struct cidr cidr);

/* Bits behind a prefix are ignored by both. */
bool cidr_overlap(struct cidr a, struct cidr b);
bool cidr_contains(struct cidr cidr, uint32_t address);

/* Both write into buf, which holds CIDR_TEXT bytes, and return it. */
#define CIDR_TEXT 20
const char *cidr_text(char buf[CIDR_TEXT], struct cidr cidr);
const char *cidr_address_text(char buf[CIDR_TEXT], uint32_t address);

#endif
