/*
 * The lab as a subject of the tunnel contract: hosts reached over SSH as the migration file of the
 * lab names them. The harm is done by small scripts on the same hosts.
 */
#ifndef TESTS_CONTRACT_TUNNEL_LAB_H
#define TESTS_CONTRACT_TUNNEL_LAB_H

#include "steps/wire/remote.h"
#include "tests/contract/tunnel/contract.h"

struct lab {
    struct spec *spec; /* as loaded */
    struct spec used;  /* with the lease of the test */
    struct arena *arena;
    struct world *world;
    struct clock clock;
};

/* Runs a script on a host as root; $1 is the interface, $2 the nft table, $3 the UDP port, $4 the
   id. Ends the test when it fails. What it printed lives until the test ends. */
const char *lab_run(struct lab *lab, const struct spec_host *host, const char *script);
const struct spec_host *lab_gateway(const struct lab *lab, enum tunnel_side side);

bool lab_can(void *arg, enum tunnel_harm harm);
void lab_harm(void *arg, enum tunnel_harm harm, enum tunnel_side side);
void lab_heal(void *arg);
bool lab_reaches(void *arg, enum tunnel_side from, uint16_t port);

/* The port that the lab's stream uses on the source's database host. */
#define LAB_STREAM_PORT 5433
void lab_stream_start(void *arg);
int64_t lab_stream_bytes(void *arg);
int64_t lab_stream_leaks(void *arg);
bool lab_stream_over(void *arg);

#endif
