/*
 * From symptoms to a sentence; see wireguard_diagnose.h.
 */
#include "steps/port/tunnel/wireguard_diagnose.h"

#include "base/str.h"

/* A session that heard nothing for this long has no valid keys any more (WireGuard's
 * REJECT_AFTER_TIME). */
#define STALE_S 180

static const char *one_way(const char *from, const char *to, const struct wireguard_ends *ends,
                           struct arena *arena)
{
    return arena_printf(arena,
                        "no packet of '%s' arrives at UDP port %u of '%s': it is blocked on the "
                        "way (firewall, security group)",
                        from, (unsigned)ends->port, to);
}

/* Never a handshake: did the packets arrive at all? */
static const char *no_handshake(const struct wireguard_seen *source,
                                const struct wireguard_seen *target,
                                const struct wireguard_ends *ends, struct arena *arena)
{
    if (source->outer_in == 0 && target->outer_in == 0)
        return arena_printf(arena,
                            "UDP port %u is blocked both ways between '%s' and '%s': no packet of "
                            "either arrives (firewall, security group)",
                            (unsigned)ends->port, ends->source, ends->target);
    if (source->outer_in == 0)
        return one_way(ends->target, ends->source, ends, arena);
    if (target->outer_in == 0)
        return one_way(ends->source, ends->target, ends, arena);
    return arena_printf(arena,
                        "packets arrive at UDP port %u of both gateways and no handshake comes "
                        "about: wrong key, or something on the way changes the packets",
                        (unsigned)ends->port);
}

const char *wireguard_diagnose_silence(const struct wireguard_seen seen[TUNNEL_SIDES],
                                       const struct wireguard_ends *ends, struct arena *arena)
{
    const struct wireguard_seen *source = &seen[TUNNEL_SOURCE], *target = &seen[TUNNEL_TARGET];
    if (!str_equal(source->peer, target->key) || !str_equal(target->peer, source->key))
        return arena_printf(arena,
                            "wrong key: '%s' and '%s' are not peered with each other's "
                            "present key",
                            ends->source, ends->target);
    int64_t age = target->handshake_age_s;
    if (age < 0)
        return no_handshake(source, target, ends, arena);
    if (age > STALE_S)
        return arena_printf(arena,
                            "the last handshake is %lld s old: UDP port %u has been blocked since, "
                            "or a gateway was away",
                            (long long)age, (unsigned)ends->port);
    return arena_printf(
        arena,
        "the handshake is %lld s old and nothing passes inside the tunnel: UDP port "
        "%u was blocked meanwhile, or a firewall on '%s' or '%s' drops it",
        (long long)age, (unsigned)ends->port, ends->source, ends->target);
}

const char *wireguard_diagnose_stall(const struct wireguard_ends *ends, int64_t bytes_forth,
                                     int64_t bytes_back, int path_mtu, struct arena *arena)
{
    if (path_mtu > 0 && path_mtu < ends->mtu)
        return arena_printf(arena,
                            "black hole above %d bytes: packets of the tunnel's MTU of %d do not "
                            "pass; set '/network/tunnel/mtu' to at most %d",
                            path_mtu, ends->mtu, path_mtu / 16 * 16);
    return arena_printf(arena,
                        "bulk stalls after %lld bytes from '%s' and %lld from '%s', though packets "
                        "of the tunnel's MTU of %d pass",
                        (long long)bytes_forth, ends->source, (long long)bytes_back, ends->target,
                        ends->mtu);
}
