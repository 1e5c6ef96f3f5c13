# shellcheck shell=sh disable=SC2154
# What there is of the tunnel on one gateway, as key=value lines between two sentinels. A key that
# may come more than once: peer, foreign. Changes nothing.
#include common.sh

see_link() {
    if ! has_link; then
        echo link=absent
        return
    fi
    if ! owns_link; then
        echo link=foreign
        echo "foreign=interface '$link' is there and not ours"
        return
    fi
    echo link=present
    details=$(ip -d -o link show dev "$link")
    case $details in *" wireguard "*) echo kind=kernel ;; *) echo kind=userspace ;; esac
    case $details in *[\<,]UP[,\>]*) echo up=yes ;; *) echo up=no ;; esac
    details=${details#* mtu }
    echo "mtu=${details%% *}"
    ip -o -4 address show dev "$link" | awk '{ print "address=" $4 }'
    see_peers
}

# Asked one by one: wg's dump would have the private key in it.
see_peers() {
    echo "key=$(wg_show public-key)"
    echo "listen=$(wg_show listen-port)"
    now=$(date +%s)
    wg_show latest-handshakes | while read -r key when; do
        echo "peer=$key"
        [ "$when" -eq 0 ] || echo "handshake_age=$((now - when))"
    done
    wg_show transfer | while read -r key rx tx; do
        echo "rx=$rx"
        echo "tx=$tx"
    done
}

see_rules() {
    if ! has_table; then
        echo table=absent
        return
    fi
    if ! owns_table; then
        echo table=foreign
        echo "foreign=nft table 'inet $table' is there and not ours"
        return
    fi
    echo table=present
    if rules_text | cmp -s - "$run/rules"; then echo rules=whole; else echo rules=changed; fi
    elements=$(nft list set inet "$table" lease 2>/dev/null | tr -d '\n\t')
    open=0
    for flow in $flows; do
        rest=${flow#*,}
        case $elements in *"${flow%%,*} . ${rest%%,*} . ${rest#*,} "*) open=$((open + 1)) ;; esac
    done
    echo "open=$open"
    nft list counter inet "$table" outer_in 2>/dev/null | awk '$1 == "packets" { print "outer_in=" $2 }'
}

see_routes() {
    holes=0 routes=0
    for remote in $remotes $peer_address; do
        ! ip route show table main exact "$remote/32" proto "$proto" |
            grep -q "^blackhole .* metric $metric" || holes=$((holes + 1))
    done
    for remote in $remotes; do
        if ip route show table main exact "$remote/32" | grep -qv -e "proto $proto" -e " metric "; then
            echo "foreign=a route to '$remote/32' is there and not ours"
        fi
        ! ip route show table main exact "$remote/32" dev "$link" proto "$proto" 2>/dev/null |
            grep -q . || routes=$((routes + 1))
    done
    echo "blackholes=$holes"
    echo "routes=$routes"
    if ip route show table main exact "$peer_wan/32" proto "$proto" | grep -q "metric $metric"; then
        echo peer_route=yes
    fi
}

see_rest() {
    ! has_run || echo run=yes
    [ -z "$(watcher_pids)" ] || echo watcher=yes
    [ -z "$(daemon_pids)" ] || echo daemon=yes
    ! read -r deadline 2>/dev/null <"$run/lease" || echo "lease_left=$((deadline - $(uptime_s)))"
    [ -z "$(ss -Hlnu "sport = :$port" 2>/dev/null)" ] || echo udp=bound
}

see() {
    echo '#ece-begin'
    see_link
    see_rules
    see_routes
    see_rest
    echo '#ece-end'
}
see </dev/null
