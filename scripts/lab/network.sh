# shellcheck shell=bash
# The lab's network: every link is made inside the lab's own namespaces, the router included, so
# that labs with the same addresses can stand side by side and the machine's network sees nothing.
#
#   op 192.0.2.5 --+                 +-- sgw 203.0.113.10 | 10.10.0.1 --+-- sdb 10.10.0.10
#  net 192.0.2.200-+-- wan (router) -+                                  +-- app 10.30.0.10
#  app 192.0.2.30 -+                 +-- tgw 198.51.100.20 | 10.20.0.1 -+-- tdb 10.20.0.10
#                                                                       +-- app 10.30.0.10
#
# The ECE side (tgw, tdb) has no default route. app reaches each VPC by a peering of its own.
# shellcheck disable=SC2154  # 'lab_spaces' is set by hosts.sh

network_up() {
    local space
    for space in "${lab_spaces[@]}"; do
        ip netns add "$(netns_of "$space")"
        network_sysctl "$space"
        network_ip "$space" <<<"link set lo up"
    done
    network_segments
    network_source
    network_target
    network_outside
}

# Reads ip(8) commands and runs them in a host's namespace.
network_ip() { ip -n "$(netns_of "$1")" -batch -; }

# A lab host starts from the kernel's own defaults, whatever the machine has set for itself.
network_sysctl() {
    local forward=0
    case $1 in wan | sgw | tgw) forward=1 ;; esac
    ip netns exec "$(netns_of "$1")" sysctl -q -w \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
        net.ipv4.ip_forward=$forward
    # Debian's default. A kernel that does not admit it here keeps the machine's own.
    ip netns exec "$(netns_of "$1")" sysctl -q -w net.ipv4.tcp_congestion_control=cubic \
        2>/dev/null || true
}

# cable HOST NIC SWITCH: one veth pair, the far end in the switch's namespace, named after the host
cable() {
    network_ip "$3" <<BATCH
link add name $1 type veth peer name $2 netns $(netns_of "$1")
link set $1 ${4:+master $4} up
BATCH
}

network_segments() {
    printf 'link add name %s type bridge\nlink set %s up\n' vpc-src vpc-src vpc-dst vpc-dst |
        network_ip lan
    printf 'link add name %s type bridge\nlink set %s up\n' outside outside | network_ip wan
    cable op eth0 wan outside
    cable net eth0 wan outside
    cable app eth0 wan outside
    cable sgw eth0 wan
    cable tgw eth0 wan
    cable sgw eth1 lan vpc-src
    cable sdb eth0 lan vpc-src
    cable tgw eth1 lan vpc-dst
    cable tdb eth0 lan vpc-dst
    # app has a leg in both VPCs, so its far ends need a name each.
    network_ip lan <<BATCH
link add name app-src type veth peer name eth1 netns $(netns_of app)
link add name app-dst type veth peer name eth2 netns $(netns_of app)
link set app-src master vpc-src up
link set app-dst master vpc-dst up
BATCH
}

network_source() {
    network_ip sgw <<'BATCH'
address add 203.0.113.10/24 dev eth0
address add 10.10.0.1/16 dev eth1
link set eth0 up
link set eth1 up
route add default via 203.0.113.1
BATCH
    network_ip sdb <<'BATCH'
address add 10.10.0.10/16 dev eth0
link set eth0 up
route add default via 10.10.0.1
route add 10.30.0.10/32 dev eth0
BATCH
}

# The route on tdb stands for the VPC's route table, which sends the peer's prefix to the gateway.
network_target() {
    network_ip tgw <<'BATCH'
address add 198.51.100.20/24 dev eth0
address add 10.20.0.1/16 dev eth1
link set eth0 up
link set eth1 up
route add 192.0.2.5/32 via 198.51.100.1
BATCH
    network_ip tdb <<'BATCH'
address add 10.20.0.10/16 dev eth0
link set eth0 up
route add 10.10.0.0/16 via 10.20.0.1
route add 10.30.0.10/32 dev eth0
BATCH
}

network_outside() {
    network_ip wan <<'BATCH'
address add 192.0.2.1/24 dev outside
address add 203.0.113.1/24 dev sgw
address add 198.51.100.1/24 dev tgw
BATCH
    local host
    for host in op net; do
        network_ip "$host" <<BATCH
address add $(address_of "$host")/24 dev eth0
link set eth0 up
route add default via 192.0.2.1
BATCH
    done
    network_ip app <<'BATCH'
address add 192.0.2.30/24 dev eth0
address add 10.30.0.10/32 dev eth1
address add 10.30.0.10/32 dev eth2
link set eth0 up
link set eth1 up
link set eth2 up
route add 10.10.0.0/16 dev eth1 src 10.30.0.10
route add 10.20.0.0/16 dev eth2 src 10.30.0.10
BATCH
}
