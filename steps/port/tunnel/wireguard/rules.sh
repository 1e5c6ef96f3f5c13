# shellcheck shell=sh disable=SC2154
# The rules of one gateway, loaded in one transaction that also replaces what was there: there is
# never a moment without the kill switch. They come up closed, as the set `lease` is empty.
#
# No rule accepts what is merely established: when an element of `lease` runs out in the kernel, its
# flow is cut at once, and a reset tells both ends so. Behind a dead tunnel packets are dropped in
# silence instead, so that a flow outlives a rebuilt tunnel.
load_rules() {
    pairs=$(flow_pairs)
    tuples=$(flow_tuples)
    nft -f - <<NFT
table inet $table
delete table inet $table
table inet $table {
    comment "$label"
    counter outer_in { }
    set lease {
        type ipv4_addr . ipv4_addr . inet_service
        flags timeout
    }
    set probe {
        type inet_service
        flags timeout
    }
    chain ece_forward {
        type filter hook forward priority 10; policy accept;
        iifname "$link" jump ece_flow
        oifname "$link" jump ece_flow
        ip saddr . ip daddr { $pairs } counter drop
    }
    chain ece_flow {
        ct mark set $mark
        ip saddr . ip daddr . tcp dport @lease accept
        ip daddr . ip saddr . tcp sport @lease tcp flags & (syn | ack) != syn accept
        ip saddr . ip daddr . tcp dport { $tuples } reject with tcp reset
        ip daddr . ip saddr . tcp sport { $tuples } reject with tcp reset
        icmp type { destination-unreachable, time-exceeded, parameter-problem } ct state related accept
        counter drop
    }
    chain ece_input {
        type filter hook input priority 10; policy accept;
        iifname "$link" jump ece_inner_in
        udp dport $port ip saddr $peer_wan counter name outer_in ct mark set $mark accept
        udp dport $port counter drop
    }
    chain ece_inner_in {
        ct mark set $mark
        ip saddr != $peer_address counter drop
        icmp type { echo-request, echo-reply, destination-unreachable } accept
        tcp dport @probe accept
        udp dport @probe accept
        meta l4proto { tcp, udp } th sport @probe ct state established accept
        counter drop
    }
    chain ece_output {
        type filter hook output priority 10; policy accept;
        oifname "$link" jump ece_inner_out
        ip daddr $peer_address counter drop
        udp sport $port ip daddr $peer_wan ct mark set $mark accept
    }
    chain ece_inner_out {
        ct mark set $mark
        tcp flags & rst == rst accept
        icmp type destination-unreachable ct state related accept
        ip daddr != $peer_address counter drop
        icmp type { echo-request, echo-reply } accept
        meta l4proto { tcp, udp } th dport @probe accept
        meta l4proto { tcp, udp } th sport @probe accept
        counter drop
    }
    chain ece_mss {
        type filter hook forward priority mangle; policy accept;
        oifname "$link" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
        iifname "$link" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
    }
}
NFT
}

# Opens the flows, or keeps them open, for another lease: first in the kernel, then for the watcher.
open_lease() {
    tuples=$(flow_tuples " timeout ${lease}s")
    nft -f - <<NFT || return 1
flush set inet $table lease
add element inet $table lease { $tuples }
NFT
    start_lease
}

# The lease is a deadline on the clock that counts from boot: nobody can set it.
start_lease() {
    echo $(($(uptime_s) + lease)) >"$run/lease.new" && mv -f "$run/lease.new" "$run/lease"
}
