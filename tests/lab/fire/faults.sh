# shellcheck shell=bash
# What can be done to a lab, and undone: to the WAN on its router, to gateways, to what the
# operator's SSH and libpq connections carry. All of it happens inside the lab's namespaces.
# Needs lib.sh; $relay is the program ece-relay.
# shellcheck disable=SC2016,SC2034,SC2154  # for the bash on the host; names for and of others

relay_port=7022

# wan_rules RULE…: these rules for whatever the router passes on; replaced by the next, gone by heal
wan_rules() {
    local rule
    {
        echo 'table inet lab_fire'
        echo 'delete table inet lab_fire'
        echo 'table inet lab_fire { chain forward { type filter hook forward priority 0; policy accept;'
        for rule in "$@"; do echo "$rule"; done
        printf '}\n}\n'
    } | lab sh wan -- nft -f -
}

# New SSH connections of the operator to the gateways, and those through them, go by the relay. One
# that stands is no new one, though the router sees it for the first time: so only a first segment is
# turned aside.
ssh_relayed() {
    relay_start wan "$@"
    lab sh wan -- nft -f - <<NFT || return 1
table inet lab_fire
delete table inet lab_fire
table inet lab_fire { chain prerouting { type nat hook prerouting priority dstnat; policy accept;
    ip saddr 192.0.2.5 ip daddr { 203.0.113.10, 198.51.100.20 } tcp dport 22 tcp flags & (syn | ack) == syn redirect to :$relay_port
}
}
NFT
    sessions_end sgw tgw sdb tdb
    return 0
}

# The same for libpq's connections on the database hosts, which SSH ends there.
pg_relayed() {
    local host
    for host in sdb tdb; do
        relay_start "$host" "$@"
        lab sh "$host" -- nft -f - <<NFT || return 1
table inet lab_fire
delete table inet lab_fire
table inet lab_fire { chain output { type nat hook output priority -100; policy accept;
    tcp dport 5432 meta skuid != nobody tcp flags & (syn | ack) == syn redirect to :$relay_port
}
}
NFT
    done
    sessions_end sgw tgw sdb tdb
    return 0
}

relay_start() {
    local host=$1
    shift
    relay_stop "$host"
    lab sh "$host" -- bash -c 'cat >/dev/shm/relay && chmod 0755 /dev/shm/relay' <"$relay"
    lab sh "$host" -- setsid -f setpriv --reuid nobody --clear-groups --inh-caps=-all /dev/shm/relay \
        "$1" "$relay_port" "${@:2}" </dev/null >/dev/null 2>&1
}
relay_stop() { lab sh "$1" -- bash -c 'pkill -KILL -x relay; rm -f /dev/shm/relay' </dev/null; }

# Ends the operator's sessions there, so that it has to come anew.
sessions_end() {
    local host
    for host in "$@"; do on "$host" pkill -KILL -f '^sshd: root' || true; done
}

# A gateway loses its power: all its processes, what its kernel was told, its memory disks. It comes
# up as it is configured, with sshd, and knows nothing of us.
gateway_reboot() {
    on "$1" bash -c '
        kill -KILL -1
        nft flush ruleset
        ip route flush table all proto 177
        ip -o rule | sed "s/:.*//" | grep -vxE "0|32766|32767" | while read -r n; do ip rule del pref "$n"; done
        ip -o link | sed -nE "s/^[0-9]+: ([^:@]+)[:@].*/\1/p" | grep -vxE "lo|eth[0-9]+" |
            while read -r n; do ip link del "$n"; done
        conntrack -F >/dev/null 2>&1
        find /run /tmp /dev/shm -xdev -mindepth 1 -delete
        # What its boot makes there, whoever is at home.
        mkdir -m 0755 /run/sshd /run/mount
        install -d -m 2775 -o postgres -g postgres /run/postgresql
        exit 0'
}
gateway_boots() { on "$1" /usr/sbin/sshd; }

# fault_do FAULT, fault_undo FAULT
fault_do() {
    local gateways='{ 203.0.113.10, 198.51.100.20 }'
    case $1 in
    wan | wan-gone) wan_rules "ip saddr $gateways drop" "ip daddr $gateways drop" ;;
    one-way) wan_rules "ip saddr 203.0.113.10 drop" ;;
    mtu) wan_rules "ip length > 600 drop" ;;
    slow) ssh_relayed slow ;;
    silent) ssh_relayed silent ;;
    ssh-cut) ssh_relayed cut 6000 ;;
    pg-cut) pg_relayed cut 4000 ;;
    sshd-stopped) for host in sgw tgw; do on "$host" pkill -STOP -x sshd; done ;;
    *) note "no such fault: $1" && return 1 ;;
    esac
}

fault_undo() {
    local host
    case $1 in
    slow | silent | ssh-cut)
        lab sh wan -- nft delete table inet lab_fire </dev/null
        relay_stop wan
        ;;
    pg-cut)
        for host in sdb tdb; do
            lab sh "$host" -- nft delete table inet lab_fire </dev/null
            relay_stop "$host"
        done
        ;;
    sshd-stopped) for host in sgw tgw; do on "$host" pkill -CONT -x sshd; done ;;
    *) lab sh wan -- nft delete table inet lab_fire </dev/null ;;
    esac
    return 0
}

fault_name() {
    case $1 in
    wan) echo "the WAN drops everything and heals" ;;
    wan-gone) echo "the WAN drops everything until a person mends it" ;;
    one-way) echo "the WAN drops one direction and heals" ;;
    mtu) echo "the WAN swallows large packets (MTU black hole) and heals" ;;
    slow) echo "SSH answers at 1 byte/s, and heals" ;;
    silent) echo "SSH hosts accept and say nothing, and heal" ;;
    ssh-cut) echo "SSH answers are cut in the middle, and heal" ;;
    pg-cut) echo "libpq answers are cut in the middle, and heal" ;;
    sshd-stopped) echo "sshd of both gateways is stopped (SIGSTOP) and goes on" ;;
    esac
}
fault_names=(wan one-way mtu slow silent ssh-cut pg-cut sshd-stopped)
