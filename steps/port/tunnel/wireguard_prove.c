/*
 * That the tunnel carries what replication needs: bulk both ways between the gateways, packets of
 * its full size, and each flow's port from the very host that will use it. A fresh handshake proves
 * none of that.
 */
#include "steps/port/tunnel/wireguard.h"

#include <stdlib.h>

#include "steps/port/tunnel/wireguard_diagnose.h"
#include "steps/port/tunnel/wireguard_lines.h"

#define BULK_BYTES (1 << 20)
#define TRIES      5
#define LIMIT_S    3

/* RFC 8439 and the WireGuard paper, 5.4: there is nothing to negotiate. */
#define CIPHER "ChaCha20-Poly1305 (Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s)"

static struct wireguard_ends ends_of(const struct wireguard *wg)
{
    return (struct wireguard_ends){
        .source = wg->side[TUNNEL_SOURCE].gateway->name,
        .target = wg->side[TUNNEL_TARGET].gateway->name,
        .port = wg->spec->tunnel.port,
        .mtu = wg->spec->tunnel.mtu,
    };
}

/* A script that answers in lines. */
static int ask(struct wireguard *wg, const struct wireguard_run *run, struct arena *arena,
               struct wireguard_lines *lines, struct err *err)
{
    const char *reply;
    if (wireguard_run_change(wg, run, arena, &reply, err) != 0)
        return -1;
    if (!wireguard_lines_read(lines, reply, arena))
        return err_set(err, ERR_REMOTE, "the reply of '%s' was cut off", run->script);
    return 0;
}

/* Listener on the source's gateway, which ends by itself; the other half on the target's. */
static int run_bulk(struct wireguard *wg, struct arena *arena, struct wireguard_lines *lines,
                    struct err *err)
{
    const struct wireguard_run listen = {.script = "listen.sh", .side = TUNNEL_SOURCE};
    if (ask(wg, &listen, arena, lines, err) != 0)
        return -1;
    const struct wireguard_run bulk = {
        .script = "bulk.sh",
        .side = TUNNEL_TARGET,
        .more = {wireguard_run_word(arena, "probe_port",
                                    wireguard_lines_get(lines, "probe_port", "0"))},
        .timeout_ms = 90000,
    };
    return ask(wg, &bulk, arena, lines, err);
}

/* POSIX::times() counts hundredths of a second: less than one is one. */
static int64_t rate_of(int64_t bytes, int64_t us)
{
    return bytes * 1000000 / (us > 10000 ? us : 10000);
}

static int prove_bulk(struct wireguard *wg, struct arena *arena, struct tunnel_proof *out,
                      struct err *err)
{
    struct wireguard_ends ends = ends_of(wg);
    struct wireguard_lines lines;
    if (run_bulk(wg, arena, &lines, err) != 0)
        return -1;
    if (wireguard_lines_has(&lines, "bulk", "unreachable")) {
        struct wireguard_seen seen[TUNNEL_SIDES];
        if (wireguard_see_both(wg, arena, seen, err) != 0)
            return -1;
        return err_set(err, ERR_UNREACHABLE, "%s", wireguard_diagnose_silence(seen, &ends, arena));
    }
    out->bytes_forth = wireguard_lines_number(&lines, "forth_bytes", 0);
    out->bytes_back = wireguard_lines_number(&lines, "back_bytes", 0);
    out->rate_forth = rate_of(out->bytes_forth, wireguard_lines_number(&lines, "forth_us", 0));
    out->rate_back = rate_of(out->bytes_back, wireguard_lines_number(&lines, "back_us", 0));
    out->path_mtu = (int)wireguard_lines_number(&lines, "path_mtu", 0);
    bool holds = out->path_mtu == 0 || out->path_mtu >= ends.mtu;
    if (out->bytes_forth >= BULK_BYTES && out->bytes_back >= BULK_BYTES && holds)
        return 0;
    return err_set(
        err, ERR_UNREACHABLE, "%s",
        wireguard_diagnose_stall(&ends, out->bytes_forth, out->bytes_back, out->path_mtu, arena));
}

static int flow_failure(const struct tunnel_flow *flow, const struct wireguard_flow_seen *seen,
                        struct err *err)
{
    const char *from = flow->from_host->name, *to = flow->to;
    unsigned port = flow->port;
    switch (seen->reach) {
    case WIREGUARD_REFUSED:
        return err_set(err, ERR_UNREACHABLE,
                       "the tunnel works, but '%s' refuses '%s' at port %u: the service port is "
                       "closed",
                       to, from, port);
    case WIREGUARD_TIMEOUT:
        return err_set(err, ERR_UNREACHABLE,
                       "the tunnel works, but '%s' does not answer '%s' at port %u within %d s: a "
                       "firewall of the host, or no way back to its gateway",
                       to, from, port, LIMIT_S);
    case WIREGUARD_NO_ROUTE:
        return err_set(err, ERR_UNREACHABLE,
                       "the tunnel works, but '%s' has no way to '%s': its VPC's route table must "
                       "send it to the gateway",
                       from, to);
    case WIREGUARD_CONNECTED:
        break;
    }
    return err_set(err, ERR_UNREACHABLE,
                   "'%s' reaches '%s' port %u through the tunnel, but what listens there says "
                   "nothing to an SSLRequest",
                   from, to, port);
}

static int compare_us(const void *a, const void *b)
{
    const int64_t *x = (const int64_t *)a, *y = (const int64_t *)b;
    return (*x > *y) - (*x < *y);
}

/* Nothing listens at the target before the copy is there: the refusal of its host is an answer too,
 * as both gateways let the flow pass. */
static bool passes_idle(const struct tunnel_flow *flow, const struct wireguard_flow_seen *seen)
{
    return flow->back && seen->reach == WIREGUARD_REFUSED;
}

/* The slowest flow's median is the one to tell. */
static int prove_flow(struct wireguard *wg, const struct tunnel_flow *flow,
                      struct tunnel_proof *out, struct err *err)
{
    struct wireguard_flow_seen seen;
    if (wireguard_flow_try(wg, flow, TRIES, LIMIT_S, &seen, err) != 0)
        return -1;
    if (passes_idle(flow, &seen))
        return 0;
    if (seen.reach != WIREGUARD_CONNECTED || !seen.answered || seen.tries == 0)
        return flow_failure(flow, &seen, err);
    qsort(seen.connect_us, seen.tries, sizeof seen.connect_us[0], compare_us);
    int64_t median = seen.connect_us[seen.tries / 2];
    if (median > out->rtt_us)
        out->rtt_us = median;
    return 0;
}

/* A tunnel that is not up needs no proof, and its state says more than a timeout would. */
static int prove_state(struct wireguard *wg, const struct wireguard_seen seen[TUNNEL_SIDES],
                       struct arena *arena, struct err *err)
{
    struct wireguard_ends ends = ends_of(wg);
    for (size_t side = 0; side < TUNNEL_SIDES; side++) {
        struct tunnel_side_seen judged;
        wireguard_seen_judge(&seen[side], &wg->side[side].want, &judged, arena);
        if (judged.state != TUNNEL_PEERED)
            return err_set(err, ERR_UNREACHABLE, "the tunnel is not up on '%s'%s%s",
                           wg->side[side].gateway->name, judged.missing[0] ? ": it lacks " : "",
                           judged.missing);
    }
    if (!wireguard_see_match(seen))
        return err_set(err, ERR_UNREACHABLE, "%s", wireguard_diagnose_silence(seen, &ends, arena));
    return 0;
}

int wireguard_prove(struct tunnel *tunnel, struct arena *arena, struct tunnel_proof *out,
                    struct err *err)
{
    struct wireguard *wg = (struct wireguard *)tunnel;
    struct wireguard_seen seen[TUNNEL_SIDES];
    *out = (struct tunnel_proof){.cipher = CIPHER};
    if (world_may_change(wg->world, "prove the tunnel", err) != 0 ||
        wireguard_see_both(wg, arena, seen, err) != 0 || prove_state(wg, seen, arena, err) != 0 ||
        prove_bulk(wg, arena, out, err) != 0)
        return -1;
    for (size_t i = 0; i < wg->flows; i++)
        if (prove_flow(wg, &wg->flow[i], out, err) != 0)
            return -1;
    if (wireguard_see_side(wg, TUNNEL_TARGET, arena, &seen[TUNNEL_TARGET], err) != 0)
        return -1;
    out->handshake_age_s = seen[TUNNEL_TARGET].handshake_age_s;
    return 0;
}
