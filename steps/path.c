/*
 * Seeing, planning and carrying out what the tunnel needs. Each gateway's snapshot is taken before
 * anything is made there, so that "as before" can be shown and not only said.
 */
#include "steps/path.h"

#include <stdlib.h>
#include <string.h>

static const char *const before_fact[TUNNEL_SIDES] = {"snapshot.source.before",
                                                      "snapshot.target.before"};
static const char *const side_name[TUNNEL_SIDES] = {"source", "target"};

static const char *gateway_name(const struct step_ctx *ctx, int side)
{
    return side == TUNNEL_SOURCE ? ctx->spec->source.gateway->name
                                 : ctx->spec->target.gateway->name;
}

/* "10.20.0.10 to 10.10.0.10 port 5432", and for a rollback window the other way round. */
static const char *flows_text(const struct step_ctx *ctx)
{
    struct str out CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; i < ctx->spec->services; i++) {
        const struct spec_service *service = &ctx->spec->service[i];
        const struct spec_endpoint *source = &service->source, *target = &service->target;
        str_printf(&out, "%s%s to %s port %u", out.len > 0 ? ", " : "", target->address,
                   source->address, (unsigned)source->port);
        if (service->rollback.window_h > 0)
            str_printf(&out, ", for the rollback window %s to %s port %u", source->address,
                       target->address, (unsigned)target->port);
    }
    return arena_strdup(ctx->arena, str_text(&out));
}

int path_see(struct step_ctx *ctx, struct path_seen *seen, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    if (tunnel->ops->see(tunnel, ctx->arena, &seen->tunnel, err) < 0)
        return err_add(err, "look at the tunnel");
    seen->dry = ctx->dry;
    seen->lease_s = ctx->spec->tunnel.lease_s;
    seen->flows = flows_text(ctx);
    for (int side = 0; side < TUNNEL_SIDES; side++) {
        seen->gateway[side] = gateway_name(ctx, side);
        seen->have_before[side] = fact_find(ctx->facts, ctx->track, before_fact[side]) != NULL;
    }
    /* A proof is worth something only for the keys it was made with. */
    const char *proved = fact_find(ctx->facts, ctx->track, "tunnel.proved_keys");
    const char *keys = path_keys(&seen->tunnel, ctx->arena);
    seen->proved = proved != NULL && strcmp(proved, keys) == 0;
    seen->gone = fact_find(ctx->facts, ctx->track, "tunnel.gone") != NULL;
    return 0;
}

const char *path_keys(const struct tunnel_seen *seen, struct arena *arena)
{
    return arena_printf(arena, "%s %s", seen->side[TUNNEL_SOURCE].public_key,
                        seen->side[TUNNEL_TARGET].public_key);
}

static bool hold_foreign(const struct path_seen *seen, struct arena *arena, struct step_plan *plan)
{
    for (int side = 0; side < TUNNEL_SIDES; side++)
        if (seen->tunnel.side[side].foreign[0] != '\0') {
            step_hold(plan, ERR_FOREIGN,
                      arena_printf(arena, "on gateway '%s': %s", seen->gateway[side],
                                   seen->tunnel.side[side].foreign));
            return true;
        }
    return false;
}

void path_plan_up(const struct path_seen *seen, struct arena *arena, struct step_plan *plan)
{
    if (hold_foreign(seen, arena, plan))
        return;
    bool rebuilt = false;
    for (int side = 0; side < TUNNEL_SIDES; side++) {
        enum tunnel_state state = seen->tunnel.side[side].state;
        if (!seen->have_before[side]) {
            /* What an earlier, unrecorded attempt left is not "before". */
            if (state != TUNNEL_ABSENT)
                step_act(plan, "remove", seen->gateway[side], "clear what an earlier attempt left",
                         side);
            step_act(plan, "snapshot", seen->gateway[side],
                     "write down the gateway as it is before we touch it", side);
        }
        if (state == TUNNEL_ABSENT || state == TUNNEL_PARTIAL || !seen->have_before[side]) {
            step_act(plan, "prepare", seen->gateway[side],
                     "make the interface, its key and the closed rules; start the watcher that "
                     "removes them when "
                     "the lease runs out",
                     side);
            rebuilt = true;
        }
    }
    bool peered = seen->tunnel.peers_match &&
                  seen->tunnel.side[TUNNEL_SOURCE].state == TUNNEL_PEERED &&
                  seen->tunnel.side[TUNNEL_TARGET].state == TUNNEL_PEERED;
    if (rebuilt || !peered)
        step_act(plan, "connect", "both gateways",
                 arena_printf(arena,
                              "exchange public keys, set the routes, open the flows that "
                              "replication needs and no other: %s",
                              seen->flows),
                 0);
    if (rebuilt || !peered || !seen->proved)
        step_act(plan, "prove", "both gateways",
                 "push bulk through both ways and connect to the service port from the host that "
                 "will use it",
                 0);
}

static int take_snapshot(struct step_ctx *ctx, int side, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    const char *text = NULL;
    if (tunnel->ops->snapshot(tunnel, (enum tunnel_side)side, ctx->arena, &text, err) < 0)
        return -1;
    step_note_fact(ctx, before_fact[side], text);
    return 0;
}

static int prove(struct step_ctx *ctx, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    struct tunnel_proof proof = {0};
    if (tunnel->ops->prove(tunnel, ctx->arena, &proof, err) < 0)
        return -1;
    struct tunnel_seen seen;
    if (tunnel->ops->see(tunnel, ctx->arena, &seen, err) < 0)
        return -1;
    const char *keys = path_keys(&seen, ctx->arena);
    step_note_fact(ctx, "tunnel.proved_keys", keys);
    step_note_fact(ctx, "tunnel.rate",
                   arena_printf(ctx->arena, "%lld", (long long)proof.rate_forth));
    step_note_sample(ctx, "rtt_us", proof.rtt_us);
    step_note_sample(ctx, "tunnel_bytes_per_s", proof.rate_forth);
    char forth[STR_HUMAN], back[STR_HUMAN];
    const char *text = arena_printf(
        ctx->arena,
        "the tunnel carries %s/s forth and %s/s back; a TCP connect takes %.1f ms; path MTU %d; %s",
        str_bytes(forth, (uint64_t)proof.rate_forth), str_bytes(back, (uint64_t)proof.rate_back),
        (double)proof.rtt_us / 1000.0, proof.path_mtu, proof.cipher == NULL ? "" : proof.cipher);
    const char *detail = arena_printf(ctx->arena,
                                      "{\"rtt_us\":%lld,\"bytes_forth\":%lld,\"bytes_back\":%lld,"
                                      "\"rate_forth\":%lld,\"rate_back\":%lld,"
                                      "\"path_mtu\":%d,\"keys\":\"%s\"}",
                                      (long long)proof.rtt_us, (long long)proof.bytes_forth,
                                      (long long)proof.bytes_back, (long long)proof.rate_forth,
                                      (long long)proof.rate_back, proof.path_mtu, keys);
    step_note_event(ctx, "tunnel-proof", text, detail);
    return 0;
}

/* Where two texts first differ: the line of each, for a message. */
static const char *first_difference(struct arena *arena, const char *before, const char *after)
{
    const char *a = before, *b = after;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    while (a > before && a[-1] != '\n') {
        a--;
        b--;
    }
    return arena_printf(arena, "before '%.*s', now '%.*s'", (int)strcspn(a, "\n"), a,
                        (int)strcspn(b, "\n"), b);
}

/* NULL in *out_difference: the gateway is as it was before. */
static int look_again(struct step_ctx *ctx, int side, const char **out_difference, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    const char *before = fact_find(ctx->facts, ctx->track, before_fact[side]);
    const char *after = NULL;
    if (tunnel->ops->snapshot(tunnel, (enum tunnel_side)side, ctx->arena, &after, err) < 0)
        return -1;
    *out_difference =
        strcmp(before, after) == 0 ? NULL : first_difference(ctx->arena, before, after);
    return 0;
}

/* A packet of the other side that was under way while this one was taken down may have left a
   connection entry behind it: what is there is taken down once more before it counts. */
static int compare_side(struct step_ctx *ctx, int side, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    const char *difference = NULL;
    if (look_again(ctx, side, &difference, err) < 0)
        return -1;
    if (difference != NULL && (tunnel->ops->remove(tunnel, (enum tunnel_side)side, err) < 0 ||
                               look_again(ctx, side, &difference, err) < 0))
        return -1;
    if (difference != NULL)
        return err_set(err, ERR_REFUSED, "gateway '%s' is not as it was before the tunnel: %s",
                       gateway_name(ctx, side), difference);
    step_note_event(
        ctx, "gateway-as-before",
        arena_printf(
            ctx->arena,
            "gateway '%s' (%s side) is as it was before the tunnel: the snapshots are equal",
            gateway_name(ctx, side), side_name[side]),
        NULL);
    return 0;
}

static int prove_gone(struct step_ctx *ctx, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    for (int side = 0; side < TUNNEL_SIDES; side++)
        if (compare_side(ctx, side, err) < 0)
            return -1;
    if (tunnel->ops->disprove(tunnel, err) < 0)
        return -1;
    const char *keys = step_fact(ctx, "tunnel.proved_keys");
    step_note_event(ctx, "keys-destroyed",
                    arena_printf(ctx->arena,
                                 "the private keys of %s lived only in the memory of the gateways' "
                                 "tunnel interfaces, which "
                                 "are gone; no flow passes any more",
                                 keys == NULL ? "the tunnel" : keys),
                    NULL);
    step_note_fact(ctx, "tunnel.gone", "yes");
    return 0;
}

int path_apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct tunnel *tunnel = ctx->ports->tunnel;
    enum tunnel_side side = (enum tunnel_side)action->number;
    if (strcmp(action->name, "snapshot") == 0)
        return take_snapshot(ctx, (int)side, err);
    if (strcmp(action->name, "prepare") == 0)
        return tunnel->ops->prepare(tunnel, side, err);
    if (strcmp(action->name, "connect") == 0)
        return tunnel->ops->connect(tunnel, err);
    if (strcmp(action->name, "prove") == 0)
        return prove(ctx, err);
    if (strcmp(action->name, "renew") == 0)
        return tunnel->ops->renew(tunnel, err);
    if (strcmp(action->name, "remove") == 0)
        return tunnel->ops->remove(tunnel, side, err);
    if (strcmp(action->name, "prove-gone") == 0)
        return prove_gone(ctx, err);
    return err_set(err, ERR_INTERNAL, "the tunnel step has no action '%s'", action->name);
}
