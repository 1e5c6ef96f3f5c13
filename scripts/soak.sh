#!/bin/bash
# The long versions of what scripts/test.sh tries over fakes: more seeds of the simulation, more
# kills at random, six runners for longer; and a rollback window in the lab. Without arguments it takes about an hour, each kind its
# share. What a run finds broken is printed with the command that shows it again.
# With ECE_RELIABILITY=FILE the figures are appended there, for scripts/reliability.sh --take.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'USAGE'
usage: soak.sh [--minutes M]          all kinds, for M minutes in all (60)
       soak.sh --seeds N [--from S]   the simulation alone: N seeds from S on (1)
       soak.sh --kills N              kills at random alone, N of them
       soak.sh --runners SECONDS      six runners on one migration alone (10 in ctest)
       soak.sh --window               a rollback window in the lab, the runner killed around it (root)
       soak.sh --seed N               one seed of the simulation with its whole story
       soak.sh --store                the state file alone: every call to the disk fails, 100,000 flips,
                                      20 seeds a power cut, the first allocation of each place (hours)
USAGE
}

dir=build/asan/tests/crash
build() {
    cmake --preset asan >/dev/null
    cmake --build --preset asan --target sim_test crash_kills crash_runners >/dev/null
}

# until_over SECONDS STEP COMMAND...: repeats the command for so long, with a further argument that grows
# by STEP, and ends when it fails
until_over() {
    local end=$((SECONDS + $1)) step=$2 from
    from=$(date +%s)
    shift 2
    while [ $SECONDS -lt $end ]; do
        "$@" --from "$from"
        from=$((from + step))
    done
}

all() {
    local share=$(($1 * 60 / 4))
    # Other seeds each time than those of the test run.
    until_over $((2 * share)) 2000 $dir/sim_test --seeds 2000
    until_over $share 100000 $dir/crash_kills --kills 1000
    $dir/crash_runners --seconds $share
}

case ${1:---minutes} in
--minutes)
    build
    all "${2:-60}"
    ;;
--seeds)
    build
    exec $dir/sim_test --seeds "${2:?how many?}" "${@:3}"
    ;;
--seed)
    build
    exec $dir/sim_test --seed "${2:?which?}"
    ;;
--kills)
    build
    exec $dir/crash_kills --kills "${2:?how many?}" "${@:3}"
    ;;
--runners)
    build
    exec $dir/crash_runners --seconds "${2:?for how long?}" "${@:3}"
    ;;
--window)
    cmake --preset asan >/dev/null
    cmake --build --preset asan --target ece-migrate ece-guard ece-load >/dev/null
    exec tests/lab/window_test.sh build/asan/orchestrator/cli/ece-migrate build/asan/tests/lab/ece-load
    ;;
--store)
    cmake --preset asan >/dev/null
    cmake --build --preset asan --target disk_power disk_io disk_damage oom oom_wire >/dev/null
    ECE_POWER_SEEDS=20 build/asan/tests/disk/disk_power
    ECE_IO_FAULTS=0 build/asan/tests/disk/disk_io
    ECE_FLIPS=100000 build/asan/tests/disk/disk_damage
    ECE_OOM=places build/asan/tests/oom/oom
    ECE_OOM=places build/asan/tests/oom/oom_wire
    ;;
--help | -h)
    usage
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
