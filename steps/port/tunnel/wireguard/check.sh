# shellcheck shell=sh disable=SC2154
# What a gateway is like, before anything is done there: key=value lines from which the findings are
# made. Changes nothing: not even a kernel module is loaded.
#include common.sh

check_tools() {
    echo "uid=$(id -u)"
    for tool in ip nft wg wireguard-go perl ss timeout setsid flock conntrack awk sed grep find; do
        ! have "$tool" || echo "tool=$tool"
    done
    if [ -d /sys/module/wireguard ] || { have modprobe && modprobe -n -q wireguard 2>/dev/null; }; then
        echo wireguard=kernel
    fi
    [ ! -c /dev/net/tun ] || echo tun=yes
    ! nft list tables >/dev/null 2>&1 || echo nft=works
    [ "$(wc -l </proc/swaps)" -le 1 ] || echo swap=yes
    echo "clock=$(date +%s)"
}

check_kernel() {
    echo "ip_forward=$(cat /proc/sys/net/ipv4/ip_forward)"
    echo "rp_filter=$(cat /proc/sys/net/ipv4/conf/all/rp_filter)"
}

# Base chains that drop what no rule of theirs accepts: an accept in our table would not help.
check_chains() {
    nft list chains 2>/dev/null | awk -v ours="$table" '
        $1 == "table" { family = $2; name = $3 }
        $1 == "chain" { chain = $2 }
        /hook (forward|input|output|prerouting|postrouting) .*policy drop/ && name != ours {
            hook = $0; sub(/.* hook /, "", hook); sub(/ .*/, "", hook)
            print "drop_chain=" family " " name " " chain " " hook }'
    if grep -qx filter /proc/net/ip_tables_names 2>/dev/null && have iptables-legacy; then
        iptables-legacy -S |
            awk '$1 == "-P" && $3 == "DROP" { print "drop_chain=iptables-legacy filter " $2 " " tolower($2) }'
    fi
}

check_routes() {
    hop=${next_hop:-$peer_wan}
    if way=$(ip -o route get "$hop" 2>/dev/null); then
        case $way in *" via "*) via=yes ;; *) via=no ;; esac
        # A route of ours may be in place already; then the way to the next hop is what counts.
        device=${way#* dev }
        device=${device%% *}
        echo "wan_device=$device"
        echo "wan_via=$via"
        details=$(ip -o link show dev "$device")
        details=${details#* mtu }
        echo "wan_mtu=${details%% *}"
    fi
    for remote in $remotes; do
        ip -o route show to match "$remote/32" table all | grep -v -e '^default' -e ' proto 177' |
            sed -e "s|^|covered=$remote |" -e 's/ *$//'
    done
    ip -o route show to root "$inner" table all | grep -v -e " dev $link " -e ' proto 177' | head -n 1 |
        sed -e 's/^/inner_taken=/' -e 's/ *$//'
    if ip -o -4 address show | grep -v " $link " | grep -qF " $address/"; then
        echo "inner_taken=$address is an address here"
    fi
}

check_port() {
    ss -Hlnup "sport = :$port" 2>/dev/null | head -n 1 | awk '{ print "port_user=" $4 " " $6 }'
}

check() {
    echo '#ece-begin'
    check_tools
    check_kernel
    check_chains
    check_routes
    check_port
    echo '#ece-end'
}
check </dev/null
