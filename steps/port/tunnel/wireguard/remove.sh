# shellcheck shell=sh disable=SC2154
# Takes everything of ours off this gateway, from whatever state it is in. Twice is fine. What
# bears our name and is not ours is left alone, and said.
#include common.sh

# The last thing both ends of a flow hear from us is a reset: an end that still thinks it is connected
# would go on sending after the kill switch is gone, in clear and by whatever route is left. The
# rules sit before routing, where a blackhole route cannot hide the packets from them.
close_flows() {
    has_table || return 0
    connections=$(open_connections)
    [ -n "$connections" ] || return 0
    pairs=$(flow_pairs)
    nft -f - 2>/dev/null <<NFT || return 0
flush set inet $table lease
add counter inet $table closing
add chain inet $table ece_closing { type filter hook prerouting priority -140; policy accept; }
flush chain inet $table ece_closing
add rule inet $table ece_closing ip saddr . ip daddr { $pairs } tcp flags & rst == rst drop
add rule inet $table ece_closing ip saddr . ip daddr { $pairs } meta l4proto tcp counter name closing reject with tcp reset
add rule inet $table ece_closing ip saddr . ip daddr { $pairs } drop
NFT
    await_quiet
}

open_connections() {
    have conntrack || return 0
    conntrack -L -p tcp -m "$mark" 2>/dev/null | grep -vE ' (TIME_WAIT|CLOSE) '
}

# An end that is silent hears no reset. A segment from nowhere near its window makes a live end answer
# with its own numbers (RFC 9293, 3.10.7.4), and that answer meets the rules above.
nudge() {
    # shellcheck disable=SC2016
    echo "$connections" | perl -e '
        use Socket;
        socket(my $raw, AF_INET, SOCK_RAW, 255) or exit;
        while (<STDIN>) {
            my ($a, $b, $p, $q) = /src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/ or next;
            for ([$a, $b, $p, $q], [$b, $a, $q, $p]) {
                my ($from, $to) = map { inet_aton($_) } @$_[0, 1];
                my @tcp = (@$_[2, 3], 1, 1, 0x5010, 1024, 0, 0);
                my $sum = unpack("%32n*", $from . $to . pack("nn", 6, 20) . pack("nnNNnnnn", @tcp));
                $sum = ($sum & 0xffff) + ($sum >> 16) for 1, 2;
                $tcp[6] = ~$sum & 0xffff;
                my $ip = pack("CCnnnCCn", 0x45, 0, 40, 0, 0, 64, 6, 0) . $from . $to;
                send($raw, $ip . pack("nnNNnnnn", @tcp), 0, pack_sockaddr_in(0, $to));
            }
        }' 2>/dev/null
}

answers() { nft list counter inet "$table" closing | awk '$1 == "packets" { print $2 }'; }

# Quiet is when a nudge is answered by nobody; a flow that will not end has linger seconds.
await_quiet() {
    have perl || return 0
    until_s=$(($(uptime_s) + linger))
    heard=none
    while [ "$heard" != "$(answers)" ] && [ "$(uptime_s)" -le "$until_s" ]; do
        heard=$(answers)
        nudge
        sleep 0.05
    done
}

# A daemon whose link is deleted ends by itself; one that hangs is killed. Its key ends with it.
remove_link() {
    ! has_link || ip link del dev "$link" || die "cannot delete interface '$link'"
    tries=0
    while pids=$(daemon_pids) && [ -n "$pids" ]; do
        # shellcheck disable=SC2086
        [ "$tries" -lt 25 ] || kill -9 $pids 2>/dev/null || true
        [ "$tries" -lt 50 ] || die "wireguard-go of '$link' does not end"
        tries=$((tries + 1))
        sleep 0.02
    done
    rm -f "/run/wireguard/$link.sock"
    rmdir /run/wireguard 2>/dev/null || true
}

# Our routes are known by protocol and metric; those through the link went with it.
remove_routes() {
    # shellcheck disable=SC2086
    ip route show table main proto "$proto" | while read -r route; do
        case " $route " in
        *" metric $metric "*) ip route del $route proto "$proto" 2>/dev/null </dev/null ;;
        esac
    done
}

forget_connections() {
    ! have conntrack || conntrack -D -m "$mark" >/dev/null 2>&1 || true
}

# A proof whose other half died leaves its listener waiting.
end_listener() {
    pids=$(listener_pids)
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill -9 $pids 2>/dev/null || true
}

end_watcher() {
    pids=$(watcher_pids)
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
}

# The watcher ends last: whatever stops us before leaves somebody who finishes it. It does not end
# itself here.
remove() {
    refuse_foreign
    close_flows
    end_listener
    remove_link
    remove_routes
    ! has_table || nft delete table inet "$table" || die "cannot delete nft table 'inet $table'"
    forget_connections
    [ -n "${watching:-}" ] || end_watcher
    rm -rf "$run"
    rmdir "$base" 2>/dev/null || true
}
