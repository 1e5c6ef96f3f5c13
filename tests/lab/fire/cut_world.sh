#!/usr/bin/env bash
# The cutover under fire, in the small world: on entering each sub-phase the guard stops itself, somebody is killed or stopped, and it goes on. What
# is killed of the servers and the proxy is started again a second later, as its supervisor would. Whatever comes of it: one side admits writers, and
# what was acknowledged stands there once. Needs root, no lab. Usage: cut_world.sh GUARD LOAD [VICTIM,… [PHASE,…]]
# shellcheck disable=SC2154  # names of guard_world.sh and guard_hands.sh
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
guard=$1 load=$2
if [ "$(id -u)" != 0 ]; then
    echo "cut_world: skipped: needs root, as the servers run as 'postgres'"
    exit 77
fi
phases=$(sed -n 's/^    X(\([a-z_]*\)).*/\1/p' "$here/../../steps/guard/phase.h" | grep -vx call_off)
IFS=, read -ra victims <<<"${3:-orchestrator,worker,warden,guard,source,target,proxy,source-hangs,target-hangs,proxy-hangs}"
IFS=, read -ra at <<<"${4:-$(echo "$phases" | paste -sd,)}"
# shellcheck source=tests/lab/guard_world.sh
. "$here/guard_world.sh"
# shellcheck source=tests/lab/guard_hands.sh
. "$here/guard_hands.sh"
# shellcheck source=tests/lab/fire/tally.sh
. "$here/fire/tally.sh"
trap 'kill $(jobs -p) 2>/dev/null || true; world_down' EXIT
trap 'exit 130' INT TERM HUP
export PGPASSFILE=$world/pass ECE_MIGRATE_REHEARSAL=1
max_stall_ms=1200 guard_ms=800 tick_ms=100
restart_s=1 hang_s=3

# --- who is killed ---------------------------------------------------------------------------------------------------------------------------------

victim_name() {
    case $1 in
    orchestrator) echo "kill -9 of the orchestrator" ;;
    worker) echo "kill -9 of the guard's worker" ;;
    warden) echo "kill -9 of the guard's warden" ;;
    guard) echo "kill -9 of both halves of the guard" ;;
    source) echo "kill -9 of the source's PostgreSQL" ;;
    target) echo "kill -9 of the target's PostgreSQL" ;;
    proxy) echo "kill -9 of PgBouncer" ;;
    source-hangs) echo "the source's PostgreSQL stopped for $hang_s s (SIGSTOP)" ;;
    target-hangs) echo "the target's PostgreSQL stopped for $hang_s s (SIGSTOP)" ;;
    proxy-hangs) echo "PgBouncer stopped for $hang_s s (SIGSTOP)" ;;
    esac
}
# The postmaster and all its children, as when their host runs out of memory.
# It is stopped first, so that it has no more of them in between.
kill_server() {
    local pid
    pid=$(head -n 1 "$world/$1/postmaster.pid")
    kill -STOP "$pid" || return 1
    # shellcheck disable=SC2046  # one word a process
    kill -9 "$pid" $(pgrep -P "$pid")
}
signal_server() { # SIGNAL SIDE
    local pid
    pid=$(head -n 1 "$world/$2/postmaster.pid")
    # shellcheck disable=SC2046  # one word a process
    kill "-$1" "$pid" $(pgrep -P "$pid")
}
# Where nobody collects the dead, the number in the file still counts as a server that runs.
server_restart() {
    local tries
    for ((tries = 0; tries < 10; tries++)); do
        rm -f "$world/$1/postmaster.pid"
        start "$1" && return
        tail -n 3 "$world/start.$1" "$world/log.$1"
        sleep 0.5
    done
    false
}
proxy_restart() {
    rm -f "$world/proxy.pid" "$world/.s.PGSQL.$port_proxy"
    as_postgres pgbouncer -q -d "$world/proxy.ini"
}
later() { # SECONDS COMMAND…
    { sleep "$1" && "${@:2}" >>"$world/restart" 2>&1; } 9>&- &
    supervisor=$!
}
strike() {
    supervisor=''
    # shellcheck disable=SC2046  # one word a process
    case $1 in
    orchestrator) hang_up ;;
    worker) kill -9 "$worker" ;;
    warden) kill -9 "$(pgrep -P "$worker")" ;;
    guard) kill -9 "$(pgrep -P "$worker")" "$worker" ;;
    source) kill_server "$source_side" && later "$restart_s" server_restart "$source_side" ;;
    target) kill_server "$(other_side "$source_side")" && later "$restart_s" server_restart "$(other_side "$source_side")" ;;
    proxy) kill -9 "$(cat "$world/proxy.pid")" && later "$restart_s" proxy_restart ;;
    source-hangs) signal_server STOP "$source_side" && later "$hang_s" signal_server CONT "$source_side" ;;
    target-hangs) signal_server STOP "$(other_side "$source_side")" && later "$hang_s" signal_server CONT "$(other_side "$source_side")" ;;
    proxy-hangs) kill -STOP "$(cat "$world/proxy.pid")" && later "$hang_s" kill -CONT "$(cat "$world/proxy.pid")" ;;
    esac
}
# Whether clients must not have waited longer than was promised: nobody who serves them was killed, and somebody was left to end their wait.
promise_holds() { # VICTIM
    case $1 in orchestrator | worker | warden) true ;; target*) [ "$outcome" = returned ] ;; *) false ;; esac
}
# Whether no statement may fail.
nothing_may_fail() {
    case $1 in orchestrator | worker | warden | guard | *-hangs) true ;; target) [ "$outcome" = returned ] ;; *) false ;; esac
}

# --- what must hold --------------------------------------------------------------------------------------------------------------------------------

admits() { # SIDE: does it let an application write?
    [ "$(as_postgres env PGPASSFILE="$world/pass.postgres" PGCONNECT_TIMEOUT=2 psql -XAtq -h 127.0.0.1 -p "$(side_port "$1")" -U app -d orders \
        -c 'SELECT NOT pg_is_in_recovery()' 2>/dev/null)" = t ]
}
# The guard's ear is closed here: it must hear when its orchestrator is gone.
# The target is asked first: it never closes again, so a source that is open after it was is one too many.
sides_watch() {
    : >"$world/sides"
    while :; do
        if admits "$(other_side "$source_side")" && admits "$source_side"; then echo both; fi >>"$world/sides"
        echo looked >>"$world/sides"
        sleep 0.2
    done 9>&- &
    sides_watcher=$!
}
served_by() {
    as_postgres env PGPASSFILE="$world/pass.postgres" PGCONNECT_TIMEOUT=2 psql -XAtq -h 127.0.0.1 -p "$port_proxy" -U app -d orders \
        -c 'SELECT inet_server_port()' 2>/dev/null || true
}
await_end() {
    local end=$((SECONDS + 60))
    while [ $SECONDS -lt $end ]; do
        if grep -q '^outcome' "$told" || ! kill -0 "$worker" 2>/dev/null; then break; fi
        sleep 0.05
    done
    [ $SECONDS -lt $end ] || { say "no end after 60 s" && bad=1; }
    hang_up 2>/dev/null || true
    while [ $SECONDS -lt $end ] && [ "$("$guard" see "$dir" | jq -r .alive)" = true ]; do sleep 0.05; done
    [ $SECONDS -lt $end ] || kill -9 "$worker" 2>/dev/null
    wait "$worker" 2>/dev/null || true
    [ -z "$supervisor" ] || wait "$supervisor" || { say "it could not be started again:" && tail -n 12 "$world/restart" && bad=1; }
}
# As a resumed orchestrator does where the guard left no end, or one that needs it.
finish() {
    install -D -m 0600 "$world/pass" "/run/ece-$id/pgpass"
    timeout 100 "$guard" finish "$dir" >"$world/finish" || { say "finish: $(cat "$world/finish")" && bad=1; }
    finished=$((finished + 1))
}
look_at_end() {
    outcome=$(seen .outcome.outcome)
    finished=0
    # An attempt that never came to hold or fence anybody leaves nothing to finish.
    if [ "$outcome" = null ] && [ "$(seen .decision)" = none ] && [[ " align freeze " == *" $1 "* ]]; then
        outcome=returned
    elif [ "$outcome" != returned ] && [ "$outcome" != switched ]; then
        held=$outcome
        finish
        outcome=$(seen .outcome.outcome)
        [ "$held" != held ] || tally_parked=$((tally_parked + 1))
    fi
    expect_match outcome "$outcome" '^(returned|switched)$'
}
check_sides() {
    kill "$sides_watcher" 2>/dev/null || true
    wait "$sides_watcher" 2>/dev/null || true
    expect "samples with two writable sides" "$(grep -c both "$world/sides")" 0
    grep -q looked "$world/sides" || { say "nobody looked at the sides" && bad=1; }
    local serving=$source_side other tries port
    [ "$outcome" != switched ] || serving=$(other_side "$source_side")
    other=$(other_side "$serving")
    for ((tries = 0; tries < 100; tries++)); do
        port=$(served_by)
        [ "$port" != "$(side_port "$serving")" ] || break
        sleep 0.1
    done
    expect "clients are served by port" "$port" "$(side_port "$serving")"
    admits "$serving" || { say "the side that serves admits nobody who comes past the proxy" && bad=1; }
    ! admits "$other" || { say "two writable sides" && bad=1; }
    expect paused "$(seen .paused)" false
    [ "$serving" = "$source_side" ] || stale=1
    source_side=$serving
}
is_followed() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        [ "$(sql "$source_side" "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'" postgres 2>/dev/null)" = 1 ] && return
        sleep 0.1
    done
    false
}

cut_run() { # VICTIM PHASE
    number=$((number + 1)) bad=0
    if [ "$stale" = 1 ] || ! is_followed; then world_follow; fi
    stale=0
    tally_try
    load_start --bypass "host=127.0.0.1 port=$(side_port "$source_side") user=app dbname=orders" --bypass-clients 2
    guard_start "stop_at=$2"
    sides_watch
    order cut
    await_stopped
    strike "$1" || { say "there was nobody to kill" && bad=1; }
    kill -CONT "$worker" 2>/dev/null || true
    await_end
    look_at_end "$2"
    check_sides
    load_end
    expect lost "$lost" 0
    expect duplicated "$duplicated" 0
    expect "bypass lost" "$bypass_lost" 0
    ! nothing_may_fail "$1" || expect failed "$failures" 0
    local counts=''
    if promise_holds "$1"; then
        counts=stall
        expect_below "longest stall in ms" "$stall" $((max_stall_ms + tick_ms))
    fi
    tally_ledger "$world/verdict" $counts
    rm -rf "$dir"
    local verdict=ok
    [ "$bad" = 0 ] || { verdict='not ok' && failed=$((failed + 1)) && stale=1; }
    echo "$verdict $number - $1 at $2: $outcome$([ "$finished" = 0 ] || echo ", finished by a resumed orchestrator")"
    [ "$bad" = 0 ] || recover
}
# After a broken invariant the world may be anywhere: it is put up again around the side that serves.
recover() {
    tail -n 5 "$world/guard.err" "$world/log.proxy" | sed 's/^/#   /' || true
    kill -9 "$worker" "$loader" 2>/dev/null || true
    for side in a b; do as_postgres "$pgbin/pg_ctl" -s -D "$world/$side" status >/dev/null || server_restart "$side" || true; done
    [ "$(sql "$(other_side "$source_side")" "SELECT pg_is_in_recovery()" postgres 2>/dev/null)" != f ] || source_side=$(other_side "$source_side")
    proxy_stop
    proxy_start
}

world_up
stale=0
for victim in "${victims[@]}"; do
    tally_begin "$(victim_name "$victim") at each sub-phase of the cutover, two servers and PgBouncer" \
        "scripts/fire.sh cutover:$victim"
    for phase in "${at[@]}"; do cut_run "$victim" "$phase"; done
    tally_end
done
echo "1..$number"
[ "$failed" = 0 ]
