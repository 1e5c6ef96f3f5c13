# shellcheck shell=bash
# Killing the orchestrator in the midst of a cut. The guard on the proxy host is made to stop itself
# at one of its phases, which it does in rehearsals only: a wrapper in its place says that this is
# one. Needs lib.sh.
# shellcheck disable=SC2034,SC2154  # names of lib.sh

guard_dir=/var/lib/ece-migrate-orders

# The program's process on HOST is in this state, as ps(1) has it.
process_is() { on "$1" ps -o stat= -C "$2" | grep -q "^$3"; }

guard_will_stop_at() {
    on app bash -ec "cd $guard_dir
        mv ece-guard guard.real
        printf '%s\n' '#!/bin/sh' 'export ECE_MIGRATE_REHEARSAL=1' 'exec $guard_dir/guard.real \"\$@\"' >ece-guard
        chmod 0700 ece-guard
        echo stop_at=$1 >>plan"
}

# The orchestrator is killed while the guard stands still at PHASE; then the guard may go on, and
# finds itself alone.
killed_in_the_cut() {
    ece_with=(ECE_MIGRATE_REHEARSAL=1 ECE_MIGRATE_STOP_AT=cutover.arm.before-intent)
    ece_start resume
    ece_with=()
    until_true 60 process_is op ece-migrate T || { cat "$work/runner.err" && return 1; }
    guard_will_stop_at "$1" || return 1
    on op pkill -CONT -x ece-migrate
    until_true 30 process_is app guard.real T || { cat "$work/runner.err" && return 1; }
    ece_kill
    on app pkill -CONT -x guard.real
    runner_ended_with 137
}

# outcome_is OUTCOME REASON: the guard is gone, and wrote down that it ended so
outcome_is() {
    on app "$guard_dir/ece-guard" see "$guard_dir" >"$work/guard"
    # shellcheck disable=SC2016  # jq's own variables
    holds "$work/guard" --arg outcome "$1" --arg reason "$2" '(.alive | not) and
        .outcome.outcome == $outcome and (.outcome.reason // "" | contains($reason))'
}

target_is_standby() { is "$(ask_server tdb 'SELECT pg_is_in_recovery()')" t; }

# As somebody who comes past the proxy.
direct() { on app psql -XAtq "host=$source_address port=5432 dbname=orders user=app" -c 'SELECT 1' 2>&1; }
source_is_open() { is "$(direct)" 1; }
source_is_closed() {
    local said
    said=$(direct)
    [[ $said == *'pg_hba.conf rejects'* ]] || { echo "$said" && return 1; }
}

bypass_lost_nothing() { holds "$work/verdict" '.bypass_lost == 0 and .bypass_acked > 0'; }
