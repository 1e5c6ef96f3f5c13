/*
 * The tunnel driver `wireguard`: keys are made on the gateways and live only in the memory of the
 * kernel or of wireguard-go. This file has the handle and the slots that see, build, renew and
 * remove; each is one script a side, and the scripts (wireguard/) say how. wireguard_check.c,
 * _prove.c and _absent.c have the rest.
 */
#include "steps/port/tunnel/wireguard.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

static struct wireguard *own(struct tunnel *tunnel)
{
    return (struct wireguard *)tunnel;
}

static enum tunnel_side other(enum tunnel_side side)
{
    return side == TUNNEL_SOURCE ? TUNNEL_TARGET : TUNNEL_SOURCE;
}

static const struct spec_side *spec_of(const struct spec *spec, enum tunnel_side side)
{
    return side == TUNNEL_SOURCE ? &spec->source : &spec->target;
}

/* The host of a flow that lies beyond the tunnel, as this side sees it. */
static const char *remote_of(const struct tunnel_flow *flow, enum tunnel_side side)
{
    return (side == TUNNEL_SOURCE) == !flow->back ? flow->from : flow->to;
}

static bool is_first(const struct wireguard *wg, size_t nth, enum tunnel_side side)
{
    for (size_t i = 0; i < nth; i++)
        if (str_equal(remote_of(&wg->flow[i], side), remote_of(&wg->flow[nth], side)))
            return false;
    return true;
}

static void add_flows(struct wireguard *wg, enum tunnel_side side, const char **argv)
{
    struct wireguard_side *it = &wg->side[side];
    for (size_t i = 0; i < wg->flows; i++) {
        const struct tunnel_flow *flow = &wg->flow[i];
        argv[it->argc++] =
            arena_printf(wg->arena, "flow=%s,%s,%u", flow->from, flow->to, (unsigned)flow->port);
        if (!is_first(wg, i, side))
            continue;
        argv[it->argc++] = wireguard_run_word(wg->arena, "remote", remote_of(flow, side));
        it->want.remotes++;
    }
}

/* Everything that the scripts know comes from here. */
static void make_side(struct wireguard *wg, enum tunnel_side side)
{
    struct arena *arena = wg->arena;
    const struct spec_tunnel *tunnel = &wg->spec->tunnel;
    const struct spec_side *here = spec_of(wg->spec, side), *there = spec_of(wg->spec, other(side));
    char address[WIREGUARD_NAME_ADDRESS], peer[WIREGUARD_NAME_ADDRESS];
    wireguard_name_inner(address, tunnel->inner, side);
    wireguard_name_inner(peer, tunnel->inner, other(side));
    struct wireguard_side *it = &wg->side[side];
    *it = (struct wireguard_side){
        .gateway = here->gateway,
        .want = {.address = arena_strdup(arena, address),
                 .mtu = tunnel->mtu,
                 .port = tunnel->port,
                 .flows = (int64_t)wg->flows,
                 .peer_route = here->wan_next_hop != NULL},
    };
    const char *const fixed[] = {
        wireguard_run_word(arena, "id", wg->spec->id),
        wireguard_run_word(arena, "link", wg->name.link),
        wireguard_run_word(arena, "table", wg->name.table),
        arena_printf(arena, "mark=0x%x", wg->name.mark),
        arena_printf(arena, "metric=%u", wg->name.metric),
        arena_printf(arena, "port=%u", (unsigned)tunnel->port),
        arena_printf(arena, "mtu=%d", tunnel->mtu),
        arena_printf(arena, "lease=%d", tunnel->lease_s),
        wireguard_run_word(arena, "inner", tunnel->inner),
        wireguard_run_word(arena, "address", address),
        wireguard_run_word(arena, "peer_address", peer),
        wireguard_run_word(arena, "peer_wan", there->wan_address),
        wireguard_run_word(arena, "next_hop", here->wan_next_hop ? here->wan_next_hop : ""),
    };
    const char **argv = ARENA_ARRAY(arena, const char *, ARRAY_LEN(fixed) + 2 * wg->flows + 1);
    for (; it->argc < ARRAY_LEN(fixed); it->argc++)
        argv[it->argc] = fixed[it->argc];
    add_flows(wg, side, argv);
    it->argv = argv;
}

static struct tunnel *wireguard_open(const struct spec *spec, struct world *world,
                                     const struct tunnel_flow *flows, size_t nflows)
{
    struct wireguard *wg = MEM_NEW(struct wireguard);
    wg->tunnel.ops = &tunnel_wireguard;
    wg->spec = spec;
    wg->world = world;
    wg->arena = arena_new();
    wg->flow = ARENA_ARRAY(wg->arena, struct tunnel_flow, nflows);
    wg->flows = nflows;
    for (size_t i = 0; i < nflows; i++) {
        wg->flow[i] = flows[i];
        wg->flow[i].from = arena_strdup(wg->arena, flows[i].from);
        wg->flow[i].to = arena_strdup(wg->arena, flows[i].to);
    }
    wireguard_name_make(&wg->name, spec->id);
    make_side(wg, TUNNEL_SOURCE);
    make_side(wg, TUNNEL_TARGET);
    return &wg->tunnel;
}

static void wireguard_close(struct tunnel *tunnel)
{
    if (!tunnel)
        return;
    arena_free(own(tunnel)->arena);
    free(own(tunnel));
}

static int wireguard_see(struct tunnel *tunnel, struct arena *arena, struct tunnel_seen *out,
                         struct err *err)
{
    struct wireguard *wg = own(tunnel);
    struct wireguard_seen seen[TUNNEL_SIDES];
    if (wireguard_see_both(wg, arena, seen, err) != 0)
        return -1;
    for (size_t side = 0; side < TUNNEL_SIDES; side++)
        wireguard_seen_judge(&seen[side], &wg->side[side].want, &out->side[side], arena);
    out->peers_match = wireguard_see_match(seen);
    return 0;
}

static int run_change(struct wireguard *wg, const struct wireguard_run *run, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *out;
    return wireguard_run_change(wg, run, arena, &out, err);
}

/* Whether to build is judged here, so that a whole side keeps its key and its flows. */
static int wireguard_prepare(struct tunnel *tunnel, enum tunnel_side side, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct wireguard *wg = own(tunnel);
    struct wireguard_seen seen;
    struct tunnel_side_seen judged;
    if (world_may_change(wg->world, "prepare the tunnel", err) != 0 ||
        wireguard_see_side(wg, side, arena, &seen, err) != 0)
        return -1;
    wireguard_seen_judge(&seen, &wg->side[side].want, &judged, arena);
    if (judged.foreign[0] != '\0')
        return err_set(err, ERR_FOREIGN, "host '%s': %s", wg->side[side].gateway->name,
                       judged.foreign);
    if (judged.state == TUNNEL_PREPARED || judged.state == TUNNEL_PEERED)
        return 0;
    return run_change(wg, &(struct wireguard_run){.script = "prepare.sh", .side = side}, err);
}

static int connect_side(struct wireguard *wg, enum tunnel_side side, const char *peer_key,
                        struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct wireguard_run run = {
        .script = "connect.sh",
        .side = side,
        .more = {wireguard_run_word(arena, "peer_key", peer_key)},
    };
    return run_change(wg, &run, err);
}

/* The responder must know the initiator's key before its first packet comes: the next try of a
   handshake is 5 s later. */
static int wireguard_connect(struct tunnel *tunnel, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct wireguard *wg = own(tunnel);
    struct wireguard_seen seen[TUNNEL_SIDES];
    if (world_may_change(wg->world, "connect the tunnel", err) != 0 ||
        wireguard_see_both(wg, arena, seen, err) != 0)
        return -1;
    for (size_t side = 0; side < TUNNEL_SIDES; side++)
        if (seen[side].key[0] == '\0')
            return err_set(err, ERR_REMOTE, "the gateway '%s' is not prepared: it has no key",
                           wg->side[side].gateway->name);
    if (connect_side(wg, TUNNEL_SOURCE, seen[TUNNEL_TARGET].key, err) != 0)
        return -1;
    return connect_side(wg, TUNNEL_TARGET, seen[TUNNEL_SOURCE].key, err);
}

static int wireguard_renew(struct tunnel *tunnel, struct err *err)
{
    const struct wireguard_run source = {.script = "renew.sh", .side = TUNNEL_SOURCE};
    const struct wireguard_run target = {.script = "renew.sh", .side = TUNNEL_TARGET};
    if (run_change(own(tunnel), &source, err) != 0)
        return -1;
    return run_change(own(tunnel), &target, err);
}

/* The other side falls silent first, or its keepalives would leave entries in the connection table
   of the gateway that was just cleaned. It may be out of reach; that must not keep us. */
static int wireguard_remove(struct tunnel *tunnel, enum tunnel_side side, struct err *err)
{
    struct wireguard *wg = own(tunnel);
    const struct wireguard_run quiet = {.script = "quiet.sh", .side = other(side)};
    const struct wireguard_run away = {
        .script = "remove_now.sh", .side = side, .timeout_ms = 40000};
    struct err unheard = ERR_INIT;
    if (run_change(wg, &quiet, &unheard) != 0 && unheard.code == ERR_DRY)
        return err_set(err, ERR_DRY, "%s", unheard.text);
    return run_change(wg, &away, err);
}

const struct tunnel_ops tunnel_wireguard = {
    .name = "wireguard",
    .open = wireguard_open,
    .close = wireguard_close,
    .check = wireguard_check,
    .see = wireguard_see,
    .snapshot = wireguard_snapshot,
    .prepare = wireguard_prepare,
    .connect = wireguard_connect,
    .prove = wireguard_prove,
    .renew = wireguard_renew,
    .remove = wireguard_remove,
    .disprove = wireguard_disprove,
};
