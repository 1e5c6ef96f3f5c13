/*
 * IPv4 addresses and networks as numbers. Text is read digit by digit, as the C library's readers
 * accept forms that people do not mean ("010.1", "0x0a.0.0.1").
 */
#include "base/cidr.h"

#include <inttypes.h>
#include <stdio.h>

/* Reads a decimal number of at most max at *at, without leading zeros, and moves *at behind it.
 * Returns it, or -1. */
static int read_number(const char **at, int max)
{
    const char *start = *at;
    int number = 0;
    while (**at >= '0' && **at <= '9' && number <= max) {
        number = number * 10 + (**at - '0');
        *at += 1;
    }
    bool empty = *at == start;
    bool padded = *start == '0' && *at - start > 1;
    return empty || padded || number > max ? -1 : number;
}

/* As cidr_parse_address, but stops behind the address and says where. */
static int read_address(const char **at, uint32_t *out)
{
    uint32_t address = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && *(*at)++ != '.')
            return -1;
        int octet = read_number(at, 255);
        if (octet < 0)
            return -1;
        address = address << 8 | (uint32_t)octet;
    }
    *out = address;
    return 0;
}

int cidr_parse_address(const char *text, uint32_t *out)
{
    uint32_t address;
    if (read_address(&text, &address) < 0 || *text != '\0')
        return -1;
    *out = address;
    return 0;
}

int cidr_parse(const char *text, struct cidr *out)
{
    uint32_t address;
    if (read_address(&text, &address) < 0 || *text++ != '/')
        return -1;
    int prefix = read_number(&text, 32);
    if (prefix < 0 || *text != '\0')
        return -1;
    *out = (struct cidr){.address = address, .prefix = prefix};
    return 0;
}

/* A shift by 32 is undefined in C, so the empty prefix is a case of its own. */
static uint32_t mask_of(int prefix)
{
    return prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);
}

struct cidr cidr_canonical(struct cidr cidr)
{
    return (struct cidr){.address = cidr.address & mask_of(cidr.prefix), .prefix = cidr.prefix};
}

bool cidr_is_canonical(struct cidr cidr)
{
    return cidr_canonical(cidr).address == cidr.address;
}

bool cidr_contains(struct cidr cidr, uint32_t address)
{
    return ((cidr.address ^ address) & mask_of(cidr.prefix)) == 0;
}

/* Two networks are either apart or one lies in the other: the one with the shorter prefix decides.
 */
bool cidr_overlap(struct cidr a, struct cidr b)
{
    return a.prefix <= b.prefix ? cidr_contains(a, b.address) : cidr_contains(b, a.address);
}

const char *cidr_address_text(char buf[CIDR_TEXT], uint32_t address)
{
    snprintf(buf, CIDR_TEXT, "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, address >> 24,
             address >> 16 & 255, address >> 8 & 255, address & 255);
    return buf;
}

const char *cidr_text(char buf[CIDR_TEXT], struct cidr cidr)
{
    char address[CIDR_TEXT];
    snprintf(buf, CIDR_TEXT, "%.15s/%d", cidr_address_text(address, cidr.address),
             cidr.prefix & 63);
    return buf;
}
