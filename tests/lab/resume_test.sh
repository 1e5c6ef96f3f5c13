#!/bin/bash
# One migration whose runner is killed again and again, with SIGKILL: each time 'resume' goes on
# from where the world stands, and it ends where an undisturbed one ends. Clients write all along,
# some of them past the proxy. Usage: resume_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/lab/moved.sh
. "$here/moved.sh"
# shellcheck source=tests/lab/rehearsal.sh
. "$here/rehearsal.sh"
lab_test resume "$@"
limit_s=200
max_stall_ms=5000 # room for a test to kill somebody while clients wait; the guard ends it before

copying() {
    ece_run status --json >"$work/status"
    holds "$work/status" 'any(.tracks[]; .reason | startswith("copying"))'
}

killed() {
    ece_kill
    runner_ended_with 137
}

lab_up
jq ".services[0].limits = {\"max_stall_ms\": $max_stall_ms, \"guard_ms\": $((max_stall_ms - 1000))}" \
    "$work/m.json" >"$work/roomy.json"
migration_put "$work/roomy.json"
fill 100 >/dev/null
load_start steady
world_before

# --- the seed, the follow, the catch-up -----------------------------------------------------------

lab shape 60mbit
check "the run is killed as the copy was just started" \
    ece_killed_at seed.copy.after-effect run /root/m.json
ece_start resume
check "resume finds the copy running" until_true 60 copying
check "the run is killed while the copy runs" killed
lab shape off
check "resume, killed as the standby was to be made" \
    ece_killed_at follow.follow.after-intent resume
check "resume, killed with the canary written" \
    ece_killed_at catch-up.canary.after-effect resume
load_stop
check "until here no write failed, was lost or stands twice" load_is_whole "$source_address"

# --- the gate ------------------------------------------------------------------------------------

ece_start resume
check "resume comes to the gate" until_true 60 track_at orders approve
ece resume
check "a second runner is told that another one is at work" ended_with 9
check "and who that is" says "$work/err" "pid [0-9]+" "ece-migrate status"
check "the run is killed at the gate" killed
ece resume --leave-at-gate
check "resume comes to the gate again, and leaves" ended_with 5
ece approve --as tester
check "it is approved" ended_with 0

# --- the cutover, before the decision: back -------------------------------------------------------

load_start returned --bypass "host=$source_address port=5432 dbname=orders user=app"
check "resume, killed with the guard armed" ece_killed_at cutover.arm.after-effect resume
check "the clients are served by the source" clients_served_by "$source_address"
check "resume, killed in the cut before the decision" killed_in_the_cut drain
check "the guard takes the clients back" until_true 10 outcome_is returned "orchestrator is gone"
check "the clients are served by the source" clients_served_by "$source_address"
check "the target takes no writes" target_is_standby
check "the source is open to all again" source_is_open
load_stop
check "no write failed, was lost or stands twice" load_is_whole "$source_address"
check "no client waited longer than was promised" load_stalled_below $max_stall_ms
load_note

# --- the cutover, after the decision: forward -----------------------------------------------------

load_start forward --bypass "host=$source_address port=5432 dbname=orders user=app"
check "resume, killed in the cut after the decision" killed_in_the_cut promote
check "the guard takes the clients forward" until_true 10 outcome_is switched ""
check "the clients are served by the target" clients_served_by "$target_address"
check "the source takes no writes" source_is_closed
ece resume
check "resume ends well" ended_with 0
check_moved
check "no client waited longer than was promised" load_stalled_below $max_stall_ms
check "nobody wrote to the source after the decision" bypass_lost_nothing
lab_end
