#!/bin/bash
# The way back, from several phases before the cutover and while clients write: every host is as it
# was, and the clients never notice. Usage: abort_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
lab_test abort "$@"

# The world after the way back, whoever asked for it.
as_before() {
    snapshots "$1"
    check "$2: every host is as it was" same before "$1"
    check "$2: the clients are served by the source" clients_served_by "$source_address"
    check "$2: the journal is whole" journal_is_whole
}

# killed_then_aborted PHASE.ACTION.MOMENT SENTENCE
killed_then_aborted() {
    state_dir=/root/$1
    check "a run is killed $2" ece_killed_at "$1" run /root/m.json
    snapshots killed
    check "killed $2: there is something to take back" eval '! same before killed'
    ece abort --as tester
    check "killed $2: abort ends well" ended_with 0
    as_before "$1" "killed $2"
}

# The runner waits at the gate; somebody else asks for the way back.
aborted_by_another() {
    state_dir=/root/another
    ece_start run /root/m.json
    check "a run comes to its gate" until_true 60 track_at orders approve
    snapshots gate
    check "at the gate there is something to take back" eval '! same before gate'
    ece abort --as another
    check "abort by another process ends well" ended_with 0
    check "the runner says that it was aborted" runner_ended_with 18
    as_before asked "aborted at the gate"
}

lab_up
fill 30 >/dev/null
load_start writers
snapshots before
killed_then_aborted tunnel-up.connect.after-effect "with the tunnel half up"
killed_then_aborted seed.copy.after-effect "with the copy under way"
killed_then_aborted catch-up.canary.after-outcome "with the canary sent"
aborted_by_another
load_stop
check "no write failed, was lost or stands twice" load_is_whole "$source_address"
load_note
lab_end
