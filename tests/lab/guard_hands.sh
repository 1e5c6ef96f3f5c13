# shellcheck shell=bash
# What holds a guard in the small world: clients that write, the guard as the orchestrator starts it, the word to cut, and looks at how things stand.
# Needs guard_world.sh; $guard and $load are the programs. An expectation that is not met is said, and sets bad=1.
# shellcheck disable=SC2034,SC2154  # names of guard_world.sh, and for who includes this file
failed=0 number=0 clients=8 told=$world/told

say() { echo "    $*"; }
expect() { # WHAT ACTUAL WANTED
    [ "$2" = "$3" ] || { say "$1: '$2', wanted '$3'"; bad=1; }
}
expect_match() { # WHAT ACTUAL REGEX
    [[ $2 =~ $3 ]] || { say "$1: '$2' does not match '$3'"; bad=1; }
}
expect_below() { # WHAT ACTUAL LIMIT
    awk -v a="$2" -v b="$3" 'BEGIN { exit !(a < b) }' || { say "$1: $2 is not below $3"; bad=1; }
}

load_start() { # [option…]
    run=r$number
    "$load" run --conninfo "host=127.0.0.1 port=$port_proxy user=app dbname=orders" --run "$run" --ledger "$world/ledger" \
        --clients "$clients" --rate "${rate:-50}" --seconds 60 "$@" >"$world/load.out" &
    loader=$!
    local tries
    for ((tries = 0; tries < 1500; tries++)); do
        ! grep -q started "$world/load.out" 2>/dev/null || return 0
        sleep 0.02
    done
    say "the clients did not start"
    bad=1
}
load_end() { # into acked, failures, lost, duplicated, stall
    sleep 0.3
    kill -TERM "$loader" 2>/dev/null || true
    wait "$loader" || true
    "$load" verify --conninfo "host=127.0.0.1 port=$(side_port "$source_side") user=app dbname=orders" \
        --run "$run" --ledger "$world/ledger" >"$world/verdict" || true
    read -r acked failures lost duplicated stall bypass_lost < <(jq -r '[.acked,.failed,.lost,.duplicated,.stall_max_ms,.bypass_lost]|map(.//0)|@tsv' "$world/verdict") || true
    say "acknowledged $acked, failed $failures, lost $lost, duplicated $duplicated, longest stall $stall ms"
}
load_stop() {
    load_end
    expect failed "$failures" 0
    expect lost "$lost" 0
    expect duplicated "$duplicated" 0
}

guard_start() { # [plan line…]
    world_plan "$@"
    : >"$told"
    rm -f "$world/orders"
    mkfifo "$world/orders"
    "$guard" run "$dir" "$attempt" <"$world/orders" >"$told" 2>"$world/guard.err" &
    worker=$!
    exec 9>"$world/orders"
    local tries
    for ((tries = 0; tries < 3000; tries++)); do
        [ ! -s "$told" ] || break
        sleep 0.01
    done
    expect_match "first word" "$(head -n 1 "$told")" '^ready$'
}
order() { echo "$1" >&9; }
hang_up() { exec 9>&-; }
await_told() { # REGEX
    for _ in $(seq 500); do
        grep -Eq "$1" "$told" && return
        sleep 0.02
    done
    say "the worker never said '$1': $(tail -n 3 "$told")"
    bad=1
}
await_stopped() {
    for _ in $(seq 1000); do
        case $(awk '{ sub(/^.*\) /, ""); print $1 }' "/proc/$worker/stat" 2>/dev/null) in T) return ;; Z | '') break ;; esac
        sleep 0.005
    done
    say "the worker did not stop where it was told to"
    bad=1
}
await_guard_gone() {
    for _ in $(seq 500); do
        [ "$("$guard" see "$dir" | jq -r .alive)" = false ] && return
        sleep 0.02
    done
    say "the guard is still alive"
    bad=1
}
guard_end() {
    hang_up
    wait "$worker" 2>/dev/null || true
    await_guard_gone
    expect "secrets left" "$(ls "/run/ece-$id" 2>/dev/null)" ""
}
seen() { "$guard" see "$dir" | jq -r "$1"; }
