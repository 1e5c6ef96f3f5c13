# shellcheck shell=sh disable=SC2154
# All that a tunnel could leave on a gateway, in a canonical form: two of these are compared byte by
# byte. What changes by itself is left out: counters, lifetimes, elements that come and go, sessions.
#include common.sh

section() { echo "== $1"; }

# name, MTU, up or down
print_links() {
    section links
    ip -o link show | awk '{
        sub(/^[0-9]+: /, ""); name = $1; sub(/[@:].*/, "", name)
        flags = ($0 ~ /[<,]UP[,>]/) ? "up" : "down"
        mtu = $0; sub(/.* mtu /, "", mtu); sub(/ .*/, "", mtu)
        print name, mtu, flags }' | sort
    section addresses
    ip -o address show | grep -v ' temporary ' | awk '{ print $2, $3, $4 }' | sort
}

# IPv6 routes that follow from router advertisements and addresses come and go by themselves.
print_routes() {
    section routes
    {
        ip -4 -o route show table all
        ip -6 -o route show table all 2>/dev/null | grep -vE 'table local|proto ra'
    } | sed -E -e 's/ (expires|pref|age) [^ ]+//g' -e 's/ (linkdown|dead|offload)//g' -e 's/ *$//' | sort
    section rules
    for family in -4 -6; do ip "$family" rule show 2>/dev/null; done
}

# Elements of sets that somebody fills at run time are no part of a rule set's shape.
print_nft() {
    section nft
    nft -s list ruleset 2>/dev/null | awk '
        /^\tset |^\tmap / { moving = 0 }
        /flags .*(timeout|dynamic)/ { moving = 1 }
        moving && /elements = \{/ { skip = 1 }
        { if (!skip) print }
        skip && /\}/ { skip = 0; moving = 0 }'
}

# Only the ports a tunnel would take: others come and go with their clients.
print_listeners() {
    section listeners
    ss -Hlnu | awk '{ print $4 }' | grep -E ":($port|500|4500)\$" | sort
}

# Daemons of tunnels, and whatever bears our name; the one that asks does not count, nor does one whose
# connection was torn and that has not ended yet: each has its time limit.
print_processes() {
    section processes
    read -r _ _ _ _ _ session _ <"/proc/$$/stat"
    ps -e -o sid= -o comm= -o args= | awk -v session="$session" -v name="$(basename "$base")" '
        $1 == session || / sh -s -- id=/ { next }
        $2 ~ /^(wireguard-go|charon)/ || index($0, name) { sub(/^ *[0-9]+ +/, ""); print }' | sort
}

print_files() {
    section files
    name=$(basename "$base")
    find /run /tmp /var/tmp /etc/wireguard -xdev \( -name "*$name*" -o -name "*$table*" -o \
        -path "$base/*" \) -printf '%y %m %u %p\n' 2>/dev/null | sort
    section sysctl
    for name in all default "$link"; do
        grep -H . "/proc/sys/net/ipv4/conf/$name/rp_filter" "/proc/sys/net/ipv4/conf/$name/forwarding"
    done 2>/dev/null
    grep -H . /proc/sys/net/ipv4/ip_forward
}

print_connections() {
    section connections
    ! have conntrack || conntrack -L -m "$mark" 2>/dev/null | grep -oE '(src|dst|[sd]port)=[^ ]+' | sort -u
}

snapshot() {
    echo '#ece-begin'
    print_links
    print_routes
    print_nft
    print_listeners
    print_processes
    print_files
    print_connections
    echo '#ece-end'
}
snapshot </dev/null
