/* The tunnel port in memory. */
#include <string.h>

#include "tests/fake/fake.h"

static struct fake *world_of(struct tunnel *tunnel)
{
    return (struct fake *)((char *)tunnel - offsetof(struct fake, tunnel));
}

static const char *const side_name[TUNNEL_SIDES] = {"source", "target"};

static int check(struct tunnel *tunnel, struct findings *out, struct err *err)
{
    (void)err;
    struct fake *fake = world_of(tunnel);
    for (int i = 0; i < 11; i++)
        findings_add(out, FINDING_PASS, "tools", "sgw", NULL, "tool %d is there", i);
    if (fake->block != NULL)
        findings_add(out, FINDING_BLOCK, "ip_forward", "sgw", "sysctl net.ipv4.ip_forward=1", "%s",
                     fake->block);
    return 0;
}

static int see(struct tunnel *tunnel, struct arena *arena, struct tunnel_seen *out, struct err *err)
{
    (void)err;
    struct fake *fake = world_of(tunnel);
    fake_settle(fake);
    memset(out, 0, sizeof(*out));
    for (int side = 0; side < TUNNEL_SIDES; side++) {
        const struct fake_gateway *gateway = &fake->gateway[side];
        bool there = gateway->state != TUNNEL_ABSENT;
        out->side[side] = (struct tunnel_side_seen){
            .state = gateway->state,
            .missing = gateway->state == TUNNEL_PARTIAL ? "a part" : "",
            .foreign = gateway->foreign,
            .public_key = gateway->key == 0 ? "" : arena_printf(arena, "key-%d", gateway->key),
            .peer_key =
                gateway->peer_key == 0 ? "" : arena_printf(arena, "key-%d", gateway->peer_key),
            .handshake_age_s = gateway->state == TUNNEL_PEERED ? 1 : -1,
            .lease_left_s = there ? (gateway->lease_end_us - fake->now_us) / 1000000 : -1,
        };
    }
    out->peers_match = fake->gateway[0].peer_key != 0 &&
                       fake->gateway[0].peer_key == fake->gateway[1].key &&
                       fake->gateway[1].peer_key == fake->gateway[0].key;
    return 0;
}

static int snapshot(struct tunnel *tunnel, enum tunnel_side side, struct arena *arena,
                    const char **out, struct err *err)
{
    (void)err;
    struct fake *fake = world_of(tunnel);
    fake_settle(fake);
    *out =
        arena_printf(arena, "gateway %s: %d%s\n", side_name[side], (int)fake->gateway[side].state,
                     fake->gateway[side].residue ? ", an entry is left" : "");
    return 0;
}

static int prepare(struct tunnel *tunnel, enum tunnel_side side, struct err *err)
{
    struct fake *fake = world_of(tunnel);
    int fault = fake_call(fake, "prepare", side_name[side], err);
    if (fault < 0)
        return -1;
    struct fake_gateway *gateway = &fake->gateway[side];
    if (gateway->state != TUNNEL_PREPARED && gateway->state != TUNNEL_PEERED) {
        gateway->key = ++fake->keys;
        gateway->peer_key = 0;
        gateway->state = TUNNEL_PREPARED;
    }
    gateway->lease_end_us = fake->now_us + fake->lease_s * INT64_C(1000000);
    return fault == 0 ? 0 : -1;
}

static int connect_both(struct tunnel *tunnel, struct err *err)
{
    struct fake *fake = world_of(tunnel);
    int fault = fake_call(fake, "connect", "both", err);
    if (fault < 0)
        return -1;
    for (int side = 0; side < TUNNEL_SIDES; side++) {
        if (fake->gateway[side].state == TUNNEL_ABSENT ||
            fake->gateway[side].state == TUNNEL_PARTIAL)
            return err_set(err, ERR_REMOTE, "gateway '%s' is not prepared", side_name[side]);
        fake->gateway[side].peer_key = fake->gateway[1 - side].key;
        fake->gateway[side].state = TUNNEL_PEERED;
    }
    return fault == 0 ? 0 : -1;
}

static int prove(struct tunnel *tunnel, struct arena *arena, struct tunnel_proof *out,
                 struct err *err)
{
    (void)arena;
    struct fake *fake = world_of(tunnel);
    int fault = fake_call(fake, "prove", "both", err);
    if (fault != 0)
        return -1;
    if (fake->wan_down)
        return err_set(err, ERR_UNREACHABLE,
                       "no handshake: the UDP port is blocked between the gateways");
    *out = (struct tunnel_proof){.rtt_us = 600,
                                 .bytes_forth = 1 << 20,
                                 .bytes_back = 1 << 20,
                                 .rate_forth = 100000000,
                                 .rate_back = 90000000,
                                 .path_mtu = 1280,
                                 .cipher = "none, this is a fake"};
    return 0;
}

static int renew(struct tunnel *tunnel, struct err *err)
{
    struct fake *fake = world_of(tunnel);
    int fault = fake_call(fake, "renew", "both", err);
    if (fault < 0)
        return -1;
    for (int side = 0; side < TUNNEL_SIDES; side++)
        if (fake->gateway[side].state == TUNNEL_ABSENT)
            return err_set(err, ERR_REMOTE, "the lease of gateway '%s' has run out",
                           side_name[side]);
    for (int side = 0; side < TUNNEL_SIDES; side++)
        fake->gateway[side].lease_end_us = fake->now_us + fake->lease_s * INT64_C(1000000);
    return fault == 0 ? 0 : -1;
}

static int remove_side(struct tunnel *tunnel, enum tunnel_side side, struct err *err)
{
    struct fake *fake = world_of(tunnel);
    int fault = fake_call(fake, "remove", side_name[side], err);
    if (fault < 0)
        return -1;
    fake->gateway[side] = (struct fake_gateway){
        .state = TUNNEL_ABSENT, .foreign = "", .residue = fake->leave_residue > 0};
    if (fake->leave_residue > 0)
        fake->leave_residue--;
    return fault == 0 ? 0 : -1;
}

static int disprove(struct tunnel *tunnel, struct err *err)
{
    struct fake *fake = world_of(tunnel);
    int fault = fake_call(fake, "disprove", "both", err);
    for (int side = 0; fault == 0 && side < TUNNEL_SIDES; side++)
        if (fake->gateway[side].state != TUNNEL_ABSENT)
            return err_set(err, ERR_REFUSED, "gateway '%s' still has a part of the tunnel",
                           side_name[side]);
    return fault == 0 ? 0 : -1;
}

const struct tunnel_ops fake_tunnel_ops = {
    .name = "fake",
    .check = check,
    .see = see,
    .snapshot = snapshot,
    .prepare = prepare,
    .connect = connect_both,
    .prove = prove,
    .renew = renew,
    .remove = remove_side,
    .disprove = disprove,
};
