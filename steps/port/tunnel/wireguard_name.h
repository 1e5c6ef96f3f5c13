/*
 * The names that a WireGuard tunnel bears on both gateways, all made from the migration's id, so
 * that a later run finds them and an audit can list them. Pure.
 */
#ifndef STEPS_PORT_TUNNEL_WIREGUARD_NAME_H
#define STEPS_PORT_TUNNEL_WIREGUARD_NAME_H

#include <stdint.h>

#include "steps/port/tunnel.h"

/* Linux takes 15 bytes for an interface; spec.h promises ids of at most 10. */
#define WIREGUARD_NAME_ROOM 16

struct wireguard_name {
    char link[WIREGUARD_NAME_ROOM];  /* "ece-m1": the interface */
    char table[WIREGUARD_NAME_ROOM]; /* "ece_m1": the nft table, family inet; nft knows no hyphen */
    uint32_t mark;                   /* of our connections: 0xec and 24 bits of the id's hash */
    uint32_t metric; /* of our blackhole and peer routes: after everybody else's; tells two
                        migrations on one gateway apart */
};

void wireguard_name_make(struct wireguard_name *out, const char *id);

/* The address of one side inside the tunnel: the first host of the /30 is the source's, the second
   the target's. "" when inner is no "a.b.c.d/n". */
#define WIREGUARD_NAME_ADDRESS 16
void wireguard_name_inner(char out[WIREGUARD_NAME_ADDRESS], const char *inner,
                          enum tunnel_side side);

#endif
