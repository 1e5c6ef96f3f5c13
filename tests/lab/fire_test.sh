#!/bin/bash
# Faults by the dozen against the real thing: a lab, real servers, clients that write. scripts/fire.sh
# runs all of it; the suite a small sample. Usage: fire_test.sh ECE_MIGRATE ECE_LOAD ECE_GUARD
# ECE_RELAY GROUP…, with the groups
#
#   crash[:DEATHS[:FROM:TO]]          the orchestrator dies at every moment of every action
#   cutover[:VICTIM,…[:PHASE,…]]      orchestrator, guard, servers or proxy die in the cut; no lab
#   cutover-lab[:VICTIM,…[:PHASE,…]]  tunnel daemons, gateways and the WAN go in the cut
#   mix[:MIGRATIONS]                  the next group's faults by turns, as every action begins
#   partition[:FAULT,…[:PHASE,…]]     the network is torn or slow in every phase
#   reconnect[:SECONDS,…[:TIMES]]     how soon replication is back after an outage
#   sample                            a little of these, for the suite
#
# Each kind of fault ends with a line of JSON, which goes to the file that ECE_RELIABILITY names.
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/lab/moved.sh
. "$here/moved.sh"
# shellcheck source=tests/lab/secrets.sh
. "$here/secrets.sh"
# shellcheck source=tests/lab/rehearsal.sh
. "$here/rehearsal.sh"
for part in tally world faults crash cutover partition; do
    # shellcheck source=/dev/null
    . "$here/fire/$part.sh"
done
guard=$(realpath "${3:?the guard\'s program}")
# shellcheck disable=SC2034  # for faults.sh
relay=$(realpath "${4:?the relay\'s program}")
lab_test fire "$1" "$2"
shift 4
limit_s=300
# A file of points that a recorded run left saves recording another.
[ -z "${ECE_FIRE_POINTS:-}" ] || cp "$ECE_FIRE_POINTS" "$work/points"

# Numbers of checks go on from one lab to the next.
group() {
    local arguments
    IFS=: read -ra arguments <<<"$1"
    echo "# group $1"
    case ${arguments[0]} in
    crash) crash_group "${arguments[@]:1}" ;;
    cutover) cutover_world "${arguments[@]:1}" ;;
    cutover-lab) cutover_run "${arguments[@]:1}" ;;
    mix) partition_mix "${arguments[@]:1}" ;;
    partition) partition_run "${arguments[@]:1}" ;;
    reconnect) reconnect_run "${arguments[@]:1}" ;;
    sample) sample ;;
    *)
        echo "fire_test.sh: no group '$1'" >&2
        exit 2
        ;;
    esac
}

crash_group() {
    tally_begin "the orchestrator dies at every moment of every action of a migration in the lab (SIGKILL, SIGTERM, SIGSTOP)" \
        "scripts/fire.sh crash"
    crash_run "$@"
    tally_end
}

# A process of its own: it has other names for the same things.
cutover_world() { "$here/fire/cut_world.sh" "$guard" "$load" "$@" || failed=$((failed + 1)); }

# Three deaths on one migration, and each half of the guard killed at the two ends of the hold.
sample() {
    local points=(seed.copy.after-effect cutover.cut.after-intent retire.retire-source.after-effect)
    tally_begin "a sample of the orchestrator's deaths in the lab" "ctest -R lab_fire"
    crash_migration "${points[0]} KILL" "${points[1]} TERM" "${points[2]} KILL"
    check "each of them was reached" nothing_missed
    tally_end
    ECE_RELIABILITY='' cutover_world worker,proxy fence,switch
}

for one in "$@"; do group "$one"; done
lab_end
