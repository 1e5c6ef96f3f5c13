#!/bin/bash
# A look leaves no trace: 'check' and 'plan' against a whole lab, with every host compared before
# and after. Usage: plan_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
lab_test plan "$@"

everywhere=(op "${hosts[@]}")

state_directory_absent() { ! on op test -e /var/lib/ece-migrate; }
prints_json() { holds "$work/out" 'type == "object"'; }
# Every phase of both tracks stands in the plan.
names_every_phase() {
    local phases
    phases=$("$program" graph | grep -oP 'state "\K[a-z-]+(?=" as)' | grep -vxE 'done|aborted')
    [ -n "$phases" ] || return 1
    # shellcheck disable=SC2086  # one word a phase
    says "$work/out" $phases
}

lab_up
# A plan is made of what is there: something to measure.
fill 10 >/dev/null
snapshots before "${everywhere[@]}"

ece check /root/m.json
check "check finds nothing in the way" ended_with 0
ece check --json /root/m.json
check "check --json ends well too" ended_with 0
check "check --json prints JSON" prints_json
ece plan /root/m.json
check "plan finds nothing in the way" ended_with 0
check "plan names every phase" names_every_phase
ece plan --json /root/m.json
check "plan --json ends well too" ended_with 0
check "plan --json prints JSON" prints_json

snapshots after "${everywhere[@]}"
check "no host has changed" same before after "${everywhere[@]}"
check "there is no state directory" state_directory_absent
on tdb mkdir /var/lib/postgresql/15/main/left
snapshots changed tdb
check "a change would have been seen" eval '! same before changed tdb'
lab_end
