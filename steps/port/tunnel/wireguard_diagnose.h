/*
 * Why nothing passes: from what both gateways saw, one sentence. Pure.
 */
#ifndef STEPS_PORT_TUNNEL_WIREGUARD_DIAGNOSE_H
#define STEPS_PORT_TUNNEL_WIREGUARD_DIAGNOSE_H

#include "base/arena.h"
#include "steps/port/tunnel/wireguard_seen.h"

struct wireguard_ends {
    const char *source, *target; /* names of the gateways */
    uint16_t port;               /* UDP, on both */
    int mtu;
};

/* seen is both sides after some packets should have passed. A counter of packets that arrived at
   our UDP port tells a blocked port from a wrong key: handshakes alone look the same. */
const char *wireguard_diagnose_silence(const struct wireguard_seen seen[TUNNEL_SIDES],
                                       const struct wireguard_ends *ends, struct arena *arena);

/* Small packets pass and bulk does not. path_mtu is the largest packet that passed, 0 unknown. */
const char *wireguard_diagnose_stall(const struct wireguard_ends *ends, int64_t bytes_forth,
                                     int64_t bytes_back, int path_mtu, struct arena *arena);

#endif
