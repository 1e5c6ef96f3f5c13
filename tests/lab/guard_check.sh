#!/usr/bin/env bash
# Checks the guard against real servers and a real PgBouncer while clients write: every end it may come to, and every way it may die. Needs root;
# shellcheck disable=SC2317  # the checks are called by name
# needs no lab. Usage: guard_check.sh GUARD LOAD [PATTERN]   runs the checks whose name matches
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
guard=$1 load=$2 pattern=${3:-.}
if [ "$(id -u)" != 0 ]; then
    echo "guard_check: skipped: needs root, as the servers run as 'postgres'"
    exit 77
fi
# shellcheck source=tests/lab/guard_world.sh
. "$here/guard_world.sh"
trap 'kill $(jobs -p) 2>/dev/null || true; world_down' EXIT
export PGPASSFILE=$world/pass ECE_MIGRATE_REHEARSAL=1
# A freeze would be 15 s; the figures of a quiet machine are guard_bench.sh's to show, this one may be busy.
limit_ms=${GUARD_LIMIT_MS:-5000}
max_stall_ms=${max_stall_ms:-2000} guard_ms=${guard_ms:-1000}
# shellcheck source=tests/lab/guard_hands.sh
. "$here/guard_hands.sh"

expect_switched() {
    local old=$source_side
    source_side=$(other_side "$old")
    expect decision "$(seen .decision)" commit
    expect outcome "$(seen .outcome.outcome)" switched
    expect active "$(seen .active_port)" "$(side_port "$source_side")"
    expect paused "$(seen .paused)" false
    expect configured "$(grep -c "port=$(side_port "$source_side") dbname=orders" "$world/proxy.ini")" 1
    expect "the new side recovers" "$(sql "$source_side" "SELECT pg_is_in_recovery()")" f
    expect_match "the old side's door" "$(as_postgres psql -X -h 127.0.0.1 -p "$(side_port "$old")" -U app -d orders -c 'SELECT 1' 2>&1)" 'pg_hba.conf rejects'
}
expect_returned() { # REASON
    expect decision "$(seen .decision)" call-off
    expect outcome "$(seen .outcome.outcome)" returned
    expect_match reason "$(seen .outcome.reason)" "$1"
    expect active "$(seen .active_port)" "$(side_port "$source_side")"
    expect paused "$(seen .paused)" false
    expect "the target recovers" "$(sql "$(other_side "$source_side")" "SELECT pg_is_in_recovery()")" t
    expect "the source's door" "$(PGPASSFILE=$world/pass.postgres as_postgres psql -X -A -t -h 127.0.0.1 -p "$(side_port "$source_side")" -U app -d orders -c 'SELECT 1' 2>&1)" 1
}

# After a failed check the world may be anywhere: it is put up again around the side that is a primary.
recover() {
    kill -9 "$worker" "$loader" 2>/dev/null || true
    [ "$(sql "$(other_side "$source_side")" "SELECT pg_is_in_recovery()" postgres 2>/dev/null)" != f ] ||
        source_side=$(other_side "$source_side")
    proxy_stop
    proxy_start
    stale=1
}

check() { # NAME FUNCTION [argument…]
    local name=$1
    shift
    [[ $name =~ $pattern ]] || return 0
    number=$((number + 1)) bad=0
    [ "$stale" = 0 ] || world_follow
    stale=0
    echo "# $name"
    "$@"
    rm -rf "$dir"
    if [ "$bad" = 0 ]; then echo "ok $number $name"; else echo "not ok $number $name"; failed=1; recover; fi
}

cut_is_clean() {
    load_start "$@"
    guard_start
    order cut
    await_told '^outcome'
    expect_match told "$(grep ^outcome "$told")" '^outcome switched'
    [ -n "${proxy_entry:-}" ] ||
        expect order "$(grep -E '^phase (hold|fence) ' "$told" | sort -n -k3 | awk '{ printf "%s ", $2 }')" "fence hold "
    expect snapshots "$(grep -c '^snapshot' "$told")" 2
    expect_match position "$(grep ^position "$told")" '^position [0-9A-F]+/[0-9A-F]+$'
    guard_end
    expect_switched
    load_stop
    stale=1
}
cut_loses_no_bypass() {
    cut_is_clean --bypass "host=127.0.0.1 port=$(side_port "$source_side") user=app dbname=orders" --bypass-rw
    expect "bypass lost" "$bypass_lost" 0
}
cut_of_a_growing_pool() {
    local clients=40
    proxy_stop
    proxy_passwords=clear proxy_start
    cut_is_clean --grow=25
    expect_below "longest stall in ms" "$stall" "$limit_ms"
    proxy_stop
    proxy_start
}
# The older one takes its own secret away when it goes, and must leave that of the newer.
newer_guard_sends_the_older_away() {
    guard_start
    local older=$worker
    exec 7>&9 # its orchestrator has not hung up
    guard_start
    wait "$older" 2>/dev/null || true
    exec 7>&-
    expect "secrets of the newer attempt" "$(ls "/run/ece-$id")" pgpass
    guard_end
}
worker_dies_before_the_decision() { # PHASE
    load_start
    guard_start "stop_at=$1"
    order cut
    await_stopped
    kill -9 "$worker" || true
    guard_end
    expect_returned 'worker died'
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
}
worker_dies_after_the_decision() { # PHASE
    load_start
    guard_start "stop_at=$1"
    order cut
    await_stopped
    kill -9 "$worker" || true
    guard_end
    expect_switched
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
    stale=1
}
worker_dies_before_the_hold() { # PHASE
    load_start
    guard_start "stop_at=$1"
    order cut
    await_stopped
    kill -9 "$worker" || true
    guard_end
    expect outcome "$(seen .outcome.outcome)" null
    expect "the proxy may open connections" "$(console 'SHOW DATABASES' | awk -F'|' '$1 == "orders" {print $10}')" 0
    load_stop
}
orchestrator_dies() { # PHASE before|after
    load_start
    guard_start "stop_at=$1"
    order cut
    await_stopped
    hang_up
    kill -CONT "$worker" || true
    guard_end
    if [ "$2" = before ]; then expect_returned 'orchestrator is gone'; else
        expect_switched
        stale=1
    fi
    load_stop
}
orchestrator_dies_before_the_cut() {
    load_start
    guard_start
    guard_end
    expect decision "$(seen .decision)" none
    load_stop
}
worker_hangs() { # PHASE before|after
    load_start
    guard_start "stop_at=$1"
    order cut
    await_stopped
    for _ in $(seq 100); do [ "$(seen .outcome.outcome)" = null ] || break; sleep 0.02; done
    kill -CONT "$worker" 2>/dev/null || true
    guard_end
    if [ "$2" = before ]; then expect_returned "called it off after $guard_ms ms"; else
        expect_switched
        stale=1
    fi
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
}
all_die() { # PHASE before|after
    load_start
    guard_start "stop_at=$1"
    order cut
    await_stopped
    local warden
    warden=$(pgrep -P "$worker")
    kill -9 "$warden" "$worker" || true
    hang_up
    wait "$worker" 2>/dev/null || true
    install -m 0600 "$world/pass" "/run/ece-$id/pgpass"
    expect_match finish "$("$guard" finish "$dir")" 'outcome (switched|returned)'
    if [ "$2" = before ]; then expect_returned 'nothing was decided'; else
        expect_switched
        stale=1
    fi
    load_stop
}
long_transaction_blocks() {
    load_start
    rm -f "$world/blocker"
    mkfifo "$world/blocker"
    as_postgres env PGPASSFILE="$world/pass.postgres" psql -X -q -h 127.0.0.1 -p "$port_proxy" -U app -d orders \
        <"$world/blocker" >/dev/null &
    local blocker=$!
    exec 7>"$world/blocker"
    echo "BEGIN; INSERT INTO ece_load SELECT * FROM ece_load WHERE false; SELECT 'patient 4711';" >&7
    until [ "$(sql "$source_side" "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%patient%' AND query NOT LIKE '%pg_stat%'")" = 1 ]; do sleep 0.05; done
    guard_start
    order cut
    await_told '^outcome'
    guard_end
    expect_returned "kept the proxy from holding 'orders'.*process [0-9]+ of user 'app' in 'orders', transaction open for .*idle in transaction, statement: SELECT \?"
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
    echo "COMMIT;" >&7
    exec 7>&-
    wait "$blocker" || { say "the long transaction did not survive"; bad=1; }
}
# An entry with a pool size of its own cannot be frozen: the proxy is held before the door is closed.
unfrozen_proxy_is_held_first() {
    proxy_stop
    proxy_entry="pool_size=10" proxy_start
    proxy_entry="pool_size=10" cut_is_clean
    expect order "$(grep -E '^phase (hold|fence) ' "$told" | sort -n -k3 | awk '{ printf "%s ", $2 }')" "hold fence "
    proxy_stop
    proxy_start
}
# The door is closed and the proxy not held yet; the worker dies there. Few clients, so that all server connections may be idle, and a second
# user that has none: whoever wants a new one must wait, not be refused.
closed_door_is_not_noticed() {
    local clients=4 rate=5
    world_plan
    sql "$source_side" "SELECT 1" >/dev/null
    rm -f "$world/second"
    mkfifo "$world/second"
    as_postgres env PGPASSFILE="$world/pass.postgres" psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port_proxy" \
        -U app2 -d orders <"$world/second" >"$world/second.out" 2>&1 &
    local second=$!
    exec 7>"$world/second"
    echo "SELECT 'first';" >&7
    until grep -q first "$world/second.out"; do sleep 0.05; done
    load_start
    until [ "$(sql "$source_side" "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app2'")" = 0 ]; do sleep 0.1; done
    guard_start stop_at=hold
    order cut
    await_stopped
    echo "SELECT 'second';" >&7
    sleep 0.4
    kill -9 "$worker"
    guard_end
    expect_returned 'worker died'
    echo "SELECT 'third';" >&7
    exec 7>&-
    wait "$second" || true
    expect "what the second user saw" "$(tr '\n' ' ' <"$world/second.out")" "first second third "
    load_stop
}
# The target falls behind between the alignment and the hold.
lagging_target_blocks() {
    local target
    target=$(other_side "$source_side")
    load_start
    guard_start stop_at=hold
    order cut
    await_stopped
    sql "$target" "SELECT pg_wal_replay_pause()" >/dev/null
    until [ "$(sql "$target" "SELECT pg_get_wal_replay_pause_state()")" = paused ]; do sleep 0.02; done
    kill -CONT "$worker"
    await_told '^outcome'
    sql "$target" "SELECT pg_wal_replay_resume()" >/dev/null || bad=1
    guard_end
    expect_returned 'not applied the log in time: [0-9]+ bytes are missing'
    load_stop
}
prepared_transaction_blocks() {
    load_start
    sql "$source_side" "BEGIN; INSERT INTO ece_load SELECT * FROM ece_load WHERE false; PREPARE TRANSACTION 'left behind'" || bad=1
    guard_start
    order cut
    await_told '^outcome'
    guard_end
    sql "$source_side" "ROLLBACK PREPARED 'left behind'" || bad=1
    expect_returned "prepared transaction 'left behind'"
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
}
# A line of the customer's own stands before ours and lets the trial session in: the door is not closed, whatever the fence file says.
open_door_blocks() {
    load_start
    sed -i '1i host all admin 127.0.0.1/32 scram-sha-256' "$world/$source_side/pg_hba.conf"
    sql "$source_side" "SELECT pg_reload_conf()" >/dev/null
    guard_start
    order cut
    await_told '^outcome'
    guard_end
    expect_returned 'not proved to be closed: it was admitted'
    hba >"$world/$source_side/pg_hba.conf"
    sql "$source_side" "SELECT pg_reload_conf()" >/dev/null
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
}
# A session that authenticates since before the fence, by the rules from before the fence.
dawdler_is_ended() {
    load_start
    # The startup packet of user app, and then nothing: the server waits for its SCRAM answer.
    exec 8<>"/dev/tcp/127.0.0.1/$(side_port "$source_side")"
    printf '\0\0\0\x22\0\3\0\0user\0app\0database\0orders\0\0' >&8
    sleep 0.2
    guard_start
    order cut
    await_told '^outcome'
    guard_end
    timeout 1 cat <&8 >/dev/null || { say "it is still there"; bad=1; }
    exec 8>&-
    expect_switched
    load_stop
    stale=1
}
# One that has not even said who it is cannot be ended by SQL: no proof, no cut.
silent_one_blocks() {
    load_start
    exec 8<>"/dev/tcp/127.0.0.1/$(side_port "$source_side")"
    sleep 0.2
    guard_start
    order cut
    await_told '^outcome'
    guard_end
    expect_returned 'cannot be closed in time: unknown process [0-9]+ is left'
    exec 8>&-
    load_stop
    expect_below "longest stall in ms" "$stall" "$limit_ms"
}

world_up
stale=0
as_postgres env PGPASSFILE="$world/pass.postgres" "$load" fill --conninfo "host=127.0.0.1 port=$port_proxy user=app dbname=orders" --mb 1 >/dev/null 2>&1 || true
check cut_under_8_writers_fails_loses_and_doubles_nothing cut_is_clean
check long_transaction_calls_the_attempt_off_in_time_and_is_named long_transaction_blocks
check target_that_is_behind_calls_the_attempt_off lagging_target_blocks
check prepared_transaction_calls_the_attempt_off_before_the_hold prepared_transaction_blocks
check door_that_does_not_close_calls_the_attempt_off open_door_blocks
check session_still_authenticating_is_ended_too dawdler_is_ended
check session_that_cannot_be_ended_calls_the_attempt_off silent_one_blocks
check closed_door_before_the_hold_is_not_noticed closed_door_is_not_noticed
check proxy_that_cannot_be_frozen_is_held_before_the_door_is_closed unfrozen_proxy_is_held_first
check writers_past_the_proxy_lose_nothing cut_loses_no_bypass
check growing_pool_sees_no_freeze cut_of_a_growing_pool
check newer_guard_keeps_its_secret newer_guard_sends_the_older_away
check orchestrator_that_dies_before_the_cut_changes_nothing orchestrator_dies_before_the_cut
for phase in align freeze; do check "worker_killed_at_${phase}_changes_nothing" worker_dies_before_the_hold $phase; done
for phase in hold fence prove clear seal drain claim; do
    check "worker_killed_at_${phase}_returns" worker_dies_before_the_decision $phase
    check "orchestrator_killed_at_${phase}_returns" orchestrator_dies $phase before
done
for phase in promote switch wait release; do
    check "worker_killed_at_${phase}_switches" worker_dies_after_the_decision $phase
    check "orchestrator_killed_at_${phase}_switches" orchestrator_dies $phase after
done
for phase in hold fence claim; do check "worker_hanging_at_${phase}_returns" worker_hangs $phase before; done
check worker_hanging_at_promote_switches worker_hangs promote after
for phase in hold clear claim; do check "finish_after_all_died_at_${phase}_returns" all_die $phase before; done
for phase in promote release; do check "finish_after_all_died_at_${phase}_switches" all_die $phase after; done
echo "1..$number"
exit $failed
