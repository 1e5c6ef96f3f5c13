/*
 * Names from the migration's id; see wireguard_name.h.
 */
#include "steps/port/tunnel/wireguard_name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, 32 bits (draft-eastlake-fnv): spreads short ids well, and guards nothing. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

void wireguard_name_make(struct wireguard_name *out, const char *id)
{
    uint32_t own = hash_of(id) & 0xffffffu;
    *out = (struct wireguard_name){.mark = 0xec000000u | own, .metric = 4000000000u + own};
    snprintf(out->link, sizeof out->link, "ece-%.11s", id);
    snprintf(out->table, sizeof out->table, "ece_%.11s", id);
    for (char *p = out->table; *p; p++)
        if (*p == '-')
            *p = '_';
}

void wireguard_name_inner(char out[WIREGUARD_NAME_ADDRESS], const char *inner,
                          enum tunnel_side side)
{
    char base[WIREGUARD_NAME_ADDRESS];
    size_t len = strcspn(inner, "/");
    struct in_addr address;
    out[0] = '\0';
    if (len >= sizeof base)
        return;
    memcpy(base, inner, len);
    base[len] = '\0';
    if (inet_pton(AF_INET, base, &address) != 1)
        return;
    address.s_addr = htonl((ntohl(address.s_addr) & ~3u) + (side == TUNNEL_SOURCE ? 1u : 2u));
    inet_ntop(AF_INET, &address, out, WIREGUARD_NAME_ADDRESS);
}
