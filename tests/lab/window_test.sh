#!/bin/bash
# A rollback window that is kept and then ended by a person, with the runner killed on the way: the
# migration ends like one without a window, and every trace of the window is gone. Then one that is
# rolled back with the runner killed around the cut back. Usage: window_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/lab/moved.sh
. "$here/moved.sh"
lab_test window "$@"
limit_s=200

window_is_open() {
    ece_run status --json >"$work/status"
    holds "$work/status" 'any(.tracks[]; .reason | startswith("the rollback window is open"))'
}

killed() {
    ece_kill
    runner_ended_with 137
}

windowed() {
    lab_up
    jq '.services[0].rollback = {"window_h": 1} | .services[0].approvals = 0' "$work/m.json" \
        >"$work/window.json"
    migration_put "$work/window.json"
    fill 40 >/dev/null
    load_start "$1"
}

# --- kept, and ended by a person ------------------------------------------------------------------

windowed kept
world_before
check "the run is killed with the rewind begun" \
    ece_killed_at soak.rewind.after-effect run /root/m.json
check "resume, killed with the old source started" \
    ece_killed_at soak.follow-back.after-effect resume
ece_start resume
check "the window opens" until_true 120 window_is_open
check "the run is killed in the window" killed
ece approve --end-window --as another
check "somebody ends the window while no runner lives" ended_with 0
check "resume, killed with the window closed" \
    ece_killed_at soak.close-window.after-effect resume
check "resume, killed with the old source retired" \
    ece_killed_at retire.retire-source.after-effect resume
ece resume
check "resume ends well" ended_with 0
check_moved
lab down

# --- rolled back, over two kills ------------------------------------------------------------------

state_dir=/root/ece-state
windowed back
snapshots before
ece_start run /root/m.json
check "the window opens" until_true 160 window_is_open
check "the run is killed in the window" killed
check "a rollback, killed with the guard's plan swapped" \
    ece_killed_at cutover.install-back.after-effect rollback --as tester
check "the clients are at the target" clients_served_by "$target_address"
check "resume, killed right behind the cut back" \
    ece_killed_at cutover.cut-back.after-effect resume
check "the clients are at the source" clients_served_by "$source_address"
ece resume
check "resume ends as one that was taken back" ended_with 18
check "the clients write at the source" clients_write_on
snapshots after
check "every host is as it was" same before after
load_stop
check "no write failed, was lost or stands twice" load_is_whole "$source_address"
load_note
check "the journal is whole" journal_is_whole
[ -z "${ECE_RELIABILITY:-}" ] || jq -cn --argjson broken "$failed" \
    --slurpfile verdict "$work/verdict" '$verdict[0] as $v |
    {fault: "the runner is killed around a rollback window, in the lab", tried: 8, broken: $broken,
     parked: 0, lost: $v.lost, duplicated: $v.duplicated, failed: $v.failed,
     stall_max_ms: $v.stall_max_ms,
     command: "scripts/soak.sh --window"}' \
    >>"$ECE_RELIABILITY"
lab_end
