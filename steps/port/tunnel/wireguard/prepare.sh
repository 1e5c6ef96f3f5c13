# shellcheck shell=sh disable=SC2154
# One gateway: rules (closed), blackhole routes, interface, key, lease, watcher; no peer yet. What
# is there of ours is rebuilt in place: the kill switch comes first and never goes away meanwhile.
#include remove.sh
#include rules.sh

make_run() {
    mkdir -p "$run" && echo "$label" >"$run/owner" && return
    die "cannot write '$run'"
}

# The hosts behind the tunnel, and its far end, are nowhere when the interface is not there.
make_blackholes() {
    for remote in $remotes $peer_address; do
        ip route replace blackhole "$remote/32" metric "$metric" proto "$proto" ||
            die "cannot add the blackhole route for '$remote'"
    done
}

make_link() {
    ip link add dev "$link" type wireguard 2>/dev/null && return
    have wireguard-go || die "this kernel has no WireGuard, and wireguard-go is not installed"
    # No core dump could hold the key.
    # shellcheck disable=SC3045
    ulimit -c 0
    LOG_LEVEL=silent wireguard-go "$link" </dev/null >/dev/null 2>&1 9<&- ||
        die "wireguard-go did not start"
}

# The key goes from one process to the other and is nowhere else.
make_key() {
    wg genkey | wg set "$link" private-key /dev/stdin listen-port "$port" ||
        die "cannot set key and port $port of '$link'"
}

start_link() {
    {
        ip link set dev "$link" alias "$label" &&
            ip address add "$address" peer "$peer_address/32" dev "$link" &&
            ip link set dev "$link" mtu "$mtu" up
    } || die "cannot set up interface '$link'"
}

# On a systemd host the watcher is a unit, as logind may end what a session leaves behind.
start_watcher() {
    cat >"$run/watch.sh" <<'WATCH_END' || die "cannot write '$run/watch.sh'"
#include watch.sh
WATCH_END
    if [ -d /run/systemd/system ] && have systemd-run &&
        systemd-run --quiet --collect --unit="$link-watch" sh "$run/watch.sh" "$@" 2>/dev/null; then
        return
    fi
    setsid sh "$run/watch.sh" "$@" </dev/null >/dev/null 2>&1 9<&- &
}

prepare() {
    lock
    refuse_foreign
    make_run
    load_rules || die "nft refused the rules"
    make_blackholes
    end_watcher
    remove_link
    make_link
    make_key
    start_link
    start_lease || die "cannot write '$run/lease'"
    start_watcher "$@"
    rules_text >"$run/rules"
}
prepare "$@" </dev/null
