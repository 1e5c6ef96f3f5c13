/*
 * That a tunnel is gone, shown: the snapshot that is compared with one from before, and the probes
 * that must fail. Changes nothing.
 */
#include "steps/port/tunnel/wireguard.h"

#include "steps/port/tunnel/wireguard_lines.h"

/* Seconds in which a flow must not come about. */
#define DENIED_S 2

int wireguard_snapshot(struct tunnel *tunnel, enum tunnel_side side, struct arena *arena,
                       const char **out, struct err *err)
{
    struct wireguard *wg = (struct wireguard *)tunnel;
    const struct wireguard_run run = {.script = "snapshot.sh", .side = side};
    struct wireguard_lines lines;
    const char *reply;
    if (wireguard_run_probe(wg, &run, arena, &reply, err) != 0)
        return -1;
    if (!wireguard_lines_read(&lines, reply, arena))
        return err_set(err, ERR_REMOTE, "the snapshot of '%s' was cut off",
                       wg->side[side].gateway->name);
    *out = lines.text;
    return 0;
}

static int disprove_side(struct wireguard *wg, enum tunnel_side side, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *gateway = wg->side[side].gateway->name;
    struct wireguard_seen seen;
    if (wireguard_see_side(wg, side, arena, &seen, err) != 0)
        return -1;
    const char *left = wireguard_seen_left(&seen, arena);
    if (left[0] != '\0')
        return err_set(err, ERR_REFUSED, "the gateway '%s' still has of the tunnel: %s", gateway,
                       left);
    if (seen.udp_bound)
        return err_set(err, ERR_REFUSED, "UDP port %u is still open on the gateway '%s'",
                       (unsigned)wg->spec->tunnel.port, gateway);
    return 0;
}

int wireguard_disprove(struct tunnel *tunnel, struct err *err)
{
    struct wireguard *wg = (struct wireguard *)tunnel;
    if (disprove_side(wg, TUNNEL_SOURCE, err) != 0 || disprove_side(wg, TUNNEL_TARGET, err) != 0)
        return -1;
    for (size_t i = 0; i < wg->flows; i++) {
        const struct tunnel_flow *flow = &wg->flow[i];
        struct wireguard_flow_seen seen;
        if (wireguard_flow_try(wg, flow, 1, DENIED_S, &seen, err) != 0)
            return -1;
        if (seen.reach == WIREGUARD_CONNECTED)
            return err_set(err, ERR_REFUSED, "'%s' still reaches '%s' port %u without the tunnel",
                           flow->from_host->name, flow->to, (unsigned)flow->port);
    }
    return 0;
}
