# shellcheck shell=sh disable=SC2154
# Peers one gateway with the other's present key and opens the flows. Harmless when all of that
# holds. The routes of the flows' hosts come last: until then the blackhole keeps their packets.
#include common.sh
#include rules.sh

route_peer() {
    [ -n "$next_hop" ] || return 0
    ip route replace "$peer_wan/32" via "$next_hop" metric "$metric" proto "$proto" ||
        die "cannot add the route to the peer '$peer_wan' by '$next_hop'"
}

set_peer() {
    allowed=$peer_address/32
    for remote in $remotes; do allowed=$allowed,$remote/32; done
    for key in $(wg_show peers); do
        [ "$key" = "$peer_key" ] || wg set "$link" peer "$key" remove
    done
    wg set "$link" peer "$peer_key" endpoint "$peer_wan:$port" \
        allowed-ips "$allowed" persistent-keepalive 5 || die "cannot set the peer of '$link'"
}

route_flows() {
    for remote in $remotes; do
        ip route show table main exact "$remote/32" dev "$link" proto "$proto" | grep -q . ||
            ip route add "$remote/32" dev "$link" proto "$proto" 2>/dev/null ||
            die_foreign "a route to '$remote/32' is there and not ours"
    done
}

connect() {
    lock
    { has_link && has_table && has_run; } || die "the gateway is not prepared"
    refuse_foreign
    route_peer
    set_peer
    open_lease || die "cannot open the flows"
    route_flows
}
connect </dev/null
