#!/usr/bin/env bash
# Holds the tunnel driver `wireguard` against real gateways: raises a lab of its own, runs the tunnel contract on the
# operator's host, and looks from outside whether all that is true: the router of the WAN counts clear-text segments,
# and the lab's own snapshots of four hosts must be the same after as before.
# Needs root. Usage: tunnel_check.sh CONTRACT TIME [CASE…]   (cases: life harm trouble flow)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab=("$here/../../scripts/lab.sh" --name "${ECE_TUNNEL_LAB:-tunnelcheck}")
contract=$1 time=$2
shift 2
if [ "$(id -u)" != 0 ]; then
    echo "tunnel_check: skipped: it raises a lab, which needs root"
    exit 77
fi
work=$(mktemp -d)
failed=0
number=0
hosts=(sgw tgw sdb tdb)

finish() {
    "${lab[@]}" down || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

check() { # WHAT COMMAND…
    local what=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/out" 2>&1; then
        echo "ok $number - $what"
    else
        echo "not ok $number - $what"
        sed 's/^/#   /' "$work/out"
        failed=$((failed + 1))
    fi
}

operator() {
    "${lab[@]}" sh op -- env "ECE_TUNNEL_MIGRATION=$work/migration.json" "LSAN_OPTIONS=${LSAN_OPTIONS:-}" "$@"
}
suite() { operator "CK_RUN_CASE=$1" "$contract"; }

# On the router: what goes from one database host to the other, or from inside the tunnel, is not in it.
leaks_arm() {
    "${lab[@]}" sh wan -- nft -f - <<'NFT'
table inet tunnel_check
delete table inet tunnel_check
table inet tunnel_check {
    counter leaks { }
    chain way {
        type filter hook prerouting priority -300; policy accept;
        ip saddr { 10.10.0.10, 10.20.0.10 } ip daddr { 10.10.0.10, 10.20.0.10 } counter name leaks
        ip saddr 169.254.0.0/16 counter name leaks
        ip daddr 169.254.0.0/16 counter name leaks
    }
}
NFT
}
leaks() {
    "${lab[@]}" sh wan -- nft list counter inet tunnel_check leaks | awk '$1 == "packets" { print $2 }'
}
no_leaks() { [ "$(leaks)" = 0 ] || { echo "$(leaks) segments" && false; }; }
some_leaks() { [ "$(leaks)" != 0 ]; }

# Where a port was asked after it closed, the kernel remembers that for 30 s.
same_as_before() { # HOST
    local tries
    for ((tries = 0; tries < 40; tries++)); do
        "${lab[@]}" snapshot "$1" >"$work/$1.after"
        ! cmp -s "$work/$1.before" "$work/$1.after" || return 0
        sleep 1
    done
    diff "$work/$1.before" "$work/$1.after"
}

ECE_LAB_SHARE=$work:$(dirname "$contract"):$(dirname "$time") "${lab[@]}" up
"${lab[@]}" migration >"$work/migration.json"
for host in "${hosts[@]}"; do "${lab[@]}" snapshot "$host" >"$work/$host.before"; done

leaks_arm
[ $# -gt 0 ] || set -- life harm trouble flow
for case in "$@"; do check "the contract holds: $case" suite "$case"; done
check "the WAN saw no clear-text segment in all of that" no_leaks
leaks_arm
check "without guards a leak is seen by the suite" suite unguarded
check "and by the WAN's router" some_leaks
for host in "${hosts[@]}"; do check "the lab finds host '$host' as it was" same_as_before "$host"; done
operator "$time"
echo "$number checks, $failed failed"
[ "$failed" = 0 ]
