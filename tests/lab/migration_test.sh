#!/bin/bash
# A whole migration while clients write, as a network team runs it: one person runs, another one
# approves. Usage: migration_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/lab/moved.sh
. "$here/moved.sh"
# shellcheck source=tests/lab/secrets.sh
. "$here/secrets.sh"
lab_test migration "$@"
limit_s=200

lab_up
fill 100 >/dev/null
load_start move
world_before
watch_argv

ece_start run --verbose /root/m.json
check "the run comes to its gate" until_true 120 track_at orders approve
secret_of_our_role
check "at the gate our password lies where it must, and nowhere else" \
    secrets_only_in "$our_files"
ece approve --as another --comment "seen the plan"
check "somebody else approves" ended_with 0
check "the run ends well" runner_ended_with 0
check "no secret was in any process's arguments or environment" argv_was_clean
check "no secret is in what the program said or wrote down" outputs_are_clean
check "no secret is left on any host" secrets_only_in ''
check_moved
lab_end
