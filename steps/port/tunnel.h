/*
 * The tunnel port: a temporary path between the two gateways for one kind of traffic, replication,
 * and nothing else. A driver is one const table of slots. Slots named see_ and check_ only probe;
 * the others change.
 *
 * What every driver promises: private keys are made on the gateways, never leave them and never
 * touch a disk; everything bears a name made from the migration's id; default drop, and only the
 * flows that were asked for; a dead tunnel leaks not one clear-text segment (kill switch and
 * blackhole route); when nobody renews the lease each gateway removes it all by itself.
 */
#ifndef STEPS_PORT_TUNNEL_H
#define STEPS_PORT_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "steps/port/finding.h"
#include "steps/spec.h"
#include "steps/wire/world.h"

enum tunnel_side { TUNNEL_SOURCE, TUNNEL_TARGET, TUNNEL_SIDES };

/* A TCP flow that may pass: from a host of the target VPC to a host and port of the source VPC; or,
 * for a rollback window, the other way round. */
struct tunnel_flow {
    const char *from; /* "10.20.0.10" */
    const char *to;   /* "10.10.0.10" */
    uint16_t port;    /* 5432 */
    bool back;        /* from the source VPC to the target VPC, where nothing need listen yet */
    const struct spec_host
        *from_host; /* who asks, for the proof from the very host that will use it */
};

/* How far one gateway is. */
enum tunnel_state {
    TUNNEL_ABSENT,   /* nothing of ours */
    TUNNEL_PARTIAL,  /* some of it: prepare or remove makes it whole */
    TUNNEL_PREPARED, /* interface, key, rules (closed), watcher; no peer yet */
    TUNNEL_PEERED,   /* knows its peer, routes are there */
};

struct tunnel_side_seen {
    enum tunnel_state state;
    const char *missing;     /* what PARTIAL lacks, in words; "" otherwise */
    const char *foreign;     /* something in the way that is not ours (port taken, interface name,
                                route); "" when nothing */
    const char *public_key;  /* "" before it is made */
    const char *peer_key;    /* whom it is peered with; "" */
    int64_t handshake_age_s; /* -1: never */
    int64_t rx_bytes, tx_bytes;
    int64_t lease_left_s; /* until it removes itself; -1 when there is none */
};

struct tunnel_seen {
    struct tunnel_side_seen side[TUNNEL_SIDES];
    bool peers_match; /* each side is peered with the other's present key */
};

/* What a proof measured. */
struct tunnel_proof {
    int64_t rtt_us; /* TCP connect from the flow's host through the tunnel, the median of five */
    /* Forth is from the source to the target, the way the data moves. */
    int64_t bytes_forth, bytes_back; /* bulk that arrived each way, at least 1 MiB */
    int64_t rate_forth, rate_back;   /* bytes a second of it */
    int path_mtu;                    /* the largest inner packet that passes with DF both ways */
    int64_t handshake_age_s;
    const char *cipher; /* what protects it, for the record */
};

struct tunnel;

struct tunnel_ops {
    const char *name;

    /* Makes a driver for this migration. Touches nothing. flows are copied. */
    struct tunnel *(*open)(const struct spec *spec, struct world *world,
                           const struct tunnel_flow *flows, size_t nflows);
    void (*close)(struct tunnel *tunnel);

    /* What would keep it from working: rights, tools, kernel or userspace implementation,
       ip_forward, port free, names free, CIDRs against existing routes, base chains with policy
       drop, clocks of both gateways, leftovers of ours. Probes only. */
    int (*check)(struct tunnel *tunnel, struct findings *out, struct err *err);

    /* The truth about both gateways. Probes only. */
    int (*see)(struct tunnel *tunnel, struct arena *arena, struct tunnel_seen *out,
               struct err *err);

    /* A canonical text of all that a tunnel could leave on a gateway: links, addresses, routes of
       all tables, rules, nft ruleset, listeners, processes, files under /run, /tmp and /etc that
       could be ours, sysctls, conntrack entries of ours. Equal before and after. Probes only. */
    int (*snapshot)(struct tunnel *tunnel, enum tunnel_side side, struct arena *arena,
                    const char **out, struct err *err);

    /* On one gateway: interface, key, closed rules, lease watcher. Idempotent; makes PARTIAL whole
     * by rebuilding. */
    int (*prepare)(struct tunnel *tunnel, enum tunnel_side side, struct err *err);
    /* On both: routes, then peers (responder first), then opens the flows under the lease.
     * Idempotent. */
    int (*connect)(struct tunnel *tunnel, struct err *err);
    /* Bulk both ways, TCP connect to each flow's port from its host, path MTU. Leaves nothing
       behind. Errors: UNREACHABLE with a diagnosis (port blocked, wrong key, black hole above N
       bytes, service port closed). */
    int (*prove)(struct tunnel *tunnel, struct arena *arena, struct tunnel_proof *out,
                 struct err *err);
    /* Both leases start anew. Cheap: the runner calls it every third of the lease. Errors: REMOTE
       when a lease ran out already: then that gateway is removing the tunnel, and only prepare and
       connect bring it back. */
    int (*renew)(struct tunnel *tunnel, struct err *err);
    /* Everything of ours off one gateway, from any partial state, conntrack entries included. A
       flow that is still open is ended at both its ends first: what they would send on must not
       leave in clear. The other side stops sending to this one. Idempotent. Errors: FOREIGN when a
       thing that bears our name is not ours; it is left alone. */
    int (*remove)(struct tunnel *tunnel, enum tunnel_side side, struct err *err);
    /* After remove: each flow must fail now. Errors: REFUSED when one still passes. */
    int (*disprove)(struct tunnel *tunnel, struct err *err);
};

struct tunnel {
    const struct tunnel_ops *ops;
};

extern const struct tunnel_ops tunnel_wireguard;

#endif
