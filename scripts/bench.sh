#!/bin/bash
# Measures, in labs of this machine, what is promised about speed; figures go to build/bench, one
# line of JSON a run, and 'table' prints them all. scripts/bench/*.sh are the measurements.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: sudo scripts/bench.sh [options] MEASURE...

  cutover   longest wait of 8 and of 64 clients while the program moves them
  naive     the same by the usual runbook, typed on op and typed on app (bench-naive.sh)
  growing   cutovers while PgBouncer's pool grows: how many freeze
  kill      the orchestrator is killed in the cutover
  bypass    writers past the proxy, some with a setting of their own
  copy      base backup beside iperf3, pg_basebackup and pgcopydb, full line and 200 Mbit/s
  self      memory, processor and answer times of the program itself
  all       all of these
  table     all figures so far, in Markdown

  --runs N      runs of each (7; growing 100; copy 3; self 3)
  --name LAB    the lab's name (bench)
  --mb N        data in the database when cutovers are measured (16)
  --copy-mb N   data that 'copy' copies (1024)
USAGE
}

lab_name=bench
runs=''
bench_mb=16
copy_mb=1024
measures=()
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2 && shift ;;
    --name) lab_name=$2 && shift ;;
    --mb) bench_mb=$2 && shift ;;
    --copy-mb) copy_mb=$2 && shift ;;
    all) measures+=(cutover naive growing kill bypass copy self table) ;;
    cutover | naive | growing | kill | bypass | copy | self | table) measures+=("$1") ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[ ${#measures[@]} -gt 0 ] || { usage >&2 && exit 2; }

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/packages.sh
. "$scripts/packages.sh"
# shellcheck source=scripts/load.sh
. "$scripts/load.sh"
# shellcheck source=scripts/migrate.sh
. "$scripts/migrate.sh"
# shellcheck source=scripts/bench/record.sh
. "$scripts/bench/record.sh"
# shellcheck source=scripts/bench/program.sh
. "$scripts/bench/program.sh"
# shellcheck source=scripts/bench/cutover.sh
. "$scripts/bench/cutover.sh"
# shellcheck source=scripts/bench/naive.sh
. "$scripts/bench/naive.sh"
# shellcheck source=scripts/bench/kill.sh
. "$scripts/bench/kill.sh"
# shellcheck source=scripts/bench/copy.sh
. "$scripts/bench/copy.sh"
# shellcheck source=scripts/bench/self.sh
. "$scripts/bench/self.sh"
# shellcheck source=scripts/bench/table.sh
. "$scripts/bench/table.sh"

# repeat N COMMAND...: with the number of the run as one more argument
repeat() {
    local times=$1 run
    shift
    for ((run = 1; run <= times; run++)); do "$@" "$run"; done
}

wanted() { [[ " ${measures[*]} " == *" $1 "* ]]; }

# The program and the runbook take turns, so that whatever else the machine does meets both.
measure_cutovers() {
    local clients run
    ! wanted cutover || record_begin cutover
    ! wanted naive || record_begin naive
    for clients in 8 64; do
        for ((run = 1; run <= ${runs:-7}; run++)); do
            ! wanted cutover || cutover_run "$clients" "$run"
            ! wanted naive || naive_run op "$clients" "$run"
            ! wanted naive || naive_run app "$clients" "$run"
        done
    done
}

measure() {
    record_begin "$1"
    case $1 in
    growing) repeat "${runs:-100}" growing_run ;;
    kill) for moment in "${kill_moments[@]}"; do repeat "${runs:-7}" kill_run "$moment"; done ;;
    bypass) repeat "${runs:-7}" bypass_run 8 ;;
    copy) for line in full 200mbit; do repeat "${runs:-3}" copy_run "$line"; done ;;
    self) repeat "${runs:-3}" self_run ;;
    esac
}

need_root
trap lab_down EXIT
trap 'exit 130' INT TERM HUP
if [ "${measures[*]}" != table ]; then
    packages_install "${packages_build[@]}" "${packages_lab[@]}" "${packages_bench[@]}"
    build_release ece-migrate ece-guard ece-load
fi
if wanted cutover || wanted naive; then measure_cutovers; fi
for what in growing kill bypass copy self; do
    ! wanted $what || measure $what
done
! wanted table || table_all
