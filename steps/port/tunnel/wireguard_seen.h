/*
 * What there is of the tunnel on one gateway: read from the reply of see.sh, and judged against
 * what there should be. Pure, so that every half-built state can be tested without a gateway.
 */
#ifndef STEPS_PORT_TUNNEL_WIREGUARD_SEEN_H
#define STEPS_PORT_TUNNEL_WIREGUARD_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "steps/port/tunnel.h"

/* What a whole side has. */
struct wireguard_want {
    const char *address; /* inside the tunnel */
    int mtu;
    uint16_t port;
    int64_t remotes; /* hosts beyond the tunnel that have a flow */
    int64_t flows;
    bool peer_route; /* the migration file gives a next hop towards the peer */
};

struct wireguard_seen {
    bool link, up, table, run, watcher, daemon, peer_route, udp_bound;
    bool rules_whole;          /* the rules are the ones that were loaded */
    const char *kind;          /* "kernel", "userspace"; "" without a link */
    const char *address, *key; /* "" when there is none */
    const char *peer;          /* the first; "" */
    int64_t peers, listen, mtu, handshake_age_s, rx, tx;
    int64_t open;         /* flows that the lease lets pass */
    int64_t outer_in;     /* packets that came from the peer's address to our UDP port */
    int64_t blackholes;   /* of the remotes and of the peer's inner address */
    int64_t routes;       /* of the remotes, through the link */
    int64_t lease_left_s; /* -1: no lease */
    const char *foreign;  /* what is in the way and not ours, joined by "; "; "" */
};

/* False when the reply is not whole. Values that are no numbers count as absent. In arena. */
bool wireguard_seen_read(struct wireguard_seen *out, const char *reply, struct arena *arena);

/* The port's view of it. Texts are in arena or static. */
void wireguard_seen_judge(const struct wireguard_seen *seen, const struct wireguard_want *want,
                          struct tunnel_side_seen *out, struct arena *arena);

/* What is there of ours, in words: "interface, rules"; "" when nothing is. In arena. */
const char *wireguard_seen_left(const struct wireguard_seen *seen, struct arena *arena);

#endif
