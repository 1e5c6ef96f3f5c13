#!/usr/bin/env bash
# How long clients wait at a cut by the guard, on this machine: medians over rounds. Usage: guard_bench.sh GUARD LOAD [CLIENTS [ROUNDS [RATE [OPTION-OF-THE-LOAD...]]]]
# With --grow=25 the proxy's pool grows while it is held: that is where its login race freezes it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
guard=$1 load=$2 clients=${3:-8} rounds=${4:-7} rate=${5:-100}
load_options=("${@:6}")
# shellcheck source=tests/lab/guard_world.sh
. "$here/guard_world.sh"
trap world_down EXIT
export PGPASSFILE=$world/pass
world_up

round() {
    local run=r$1 ledger=$world/ledger.$1 loader
    world_plan "${@:2}"
    "$load" run --conninfo "host=127.0.0.1 port=$port_proxy user=app dbname=orders" --run "$run" --ledger "$ledger" \
        --clients "$clients" --rate "$rate" --seconds 4 "${load_options[@]}" >"$world/load.out" &
    loader=$!
    coproc GUARD { "$guard" run "$dir" "$attempt" 2>"$world/guard.err"; }
    local line out=${GUARD[0]} in=${GUARD[1]} pid=$GUARD_PID
    read -r line <&"$out"
    [ "$line" = ready ] || { echo "$line"; cat "$world/guard.err"; exit 1; }
    sleep 2
    local since until
    since=$(date +%s%3N)
    echo cut >&"$in"
    : >"$world/told"
    while read -r line <&"$out"; do
        echo "$line" >>"$world/told"
        case $line in outcome*) break ;; esac
    done
    until=$(date +%s%3N)
    echo bye >&"$in"
    wait "$pid" || true
    wait "$loader" || true
    case $line in "outcome switched"*) source_side=$(other_side "$source_side") ;; *) echo "$line" ;; esac
    "$load" verify --conninfo "host=127.0.0.1 port=$(side_port "$source_side") user=app dbname=orders" --run "$run" \
        --ledger "$ledger" --since "$since" --until $((until + 60)) >"$world/verdict" || true
    jq -r '[.acked,.failed,.lost,.duplicated,.stall_window_max_ms,.stall_max_ms]|@tsv' "$world/verdict" >>"$world/verdicts"
    tail -n 1 "$world/verdicts"; [ -z "${GUARD_SHOW:-}" ] || grep -v phase "$world/told" || true
    awk '/^phase/ {printf "%s=%.1f ", $2, $4/1000} /^phase release/ {printf "END=%.1f", ($3+$4)/1000} END {print ""}' "$world/told"
    [ "${1}" = "$rounds" ] || world_follow
}
echo "acked failed lost dup stall_window stall_max"
for i in $(seq "$rounds"); do round "$i"; done
sort -n -k5 "$world/verdicts" | awk '{v[NR]=$5; f+=$2; l+=$3; d+=$4; frozen+=$6>1000} END {printf "clients '"$clients"', %d cuts: median %.1f ms (%.1f..%.1f), frozen for more than 1 s %d, failed %d, lost %d, duplicated %d\n", NR, v[int((NR+1)/2)], v[1], v[NR], frozen, f, l, d}'
