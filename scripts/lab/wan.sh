# shellcheck shell=bash
# Trouble on the WAN: less of it, or none. All of it happens on the router, so the gateways' own
# rules and queues stay as they are.

wan_run() { host_run wan "$@"; }

# Both directions: what leaves the router towards sgw came from tgw, and the other way round.
wan_shape() {
    local nic
    for nic in sgw tgw; do
        wan_run tc qdisc del dev $nic root 2>/dev/null || true
        [ "$1" != off ] || continue
        wan_run tc qdisc add dev $nic root tbf rate "$1" burst 256kb latency 50ms ||
            die "'$1' is no rate that tc(8) knows"
    done
}

wan_cut() {
    local gateways='{ 203.0.113.10, 198.51.100.20 }' rules
    case $1 in
    wan) rules="ip saddr $gateways ip daddr $gateways meta l4proto { udp, esp } counter drop" ;;
    sgw | tgw)
        rules="ip saddr $(address_of "$1") counter drop
    ip daddr $(address_of "$1") counter drop"
        ;;
    *) die "'$1' cannot be cut: wan, sgw or tgw" ;;
    esac
    wan_run nft -f - <<NFT
table inet lab_cut {
  chain forward {
    type filter hook forward priority 0; policy accept;
    $rules
  }
}
NFT
}

wan_heal() { wan_run nft delete table inet lab_cut 2>/dev/null || true; }
