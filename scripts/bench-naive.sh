#!/bin/bash
# How long clients wait when a person moves the database by the usual runbook: a standby through a
# WireGuard tunnel, then PAUSE, read-only, poll, promote, edit, RELOAD, RESUME, with one fresh ssh
# or psql for each command. scripts/bench/naive_*.sh is that runbook; this file runs it in the lab
# under a writing load. Prints one line of JSON a run, then the medians.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: sudo scripts/bench-naive.sh [--runs N] [--clients N] [--from app|op] [--name LAB] [--mb N]

  --runs N      cutovers for each number of clients (3)
  --clients N   only with N clients; otherwise with 8 and with 64
  --from HOST   where the person sits: on 'op', an ssh away from everything, as the program does (op),
                or on 'app', beside the proxy and in reach of both databases: nothing is kinder
  --name LAB    the lab's name (bench)
  --mb N        data in the database, which the cutover does not depend on (16)
USAGE
}

runs=3
lab_name=bench
bench_mb=16
place=op
counts=(8 64)
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2 ;;
    --clients) counts=("$2") ;;
    --from) place=$2 ;;
    --name) lab_name=$2 ;;
    --mb) bench_mb=$2 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift 2
done

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/packages.sh
. "$scripts/packages.sh"
# shellcheck source=scripts/load.sh
. "$scripts/load.sh"
# shellcheck source=scripts/bench/record.sh
. "$scripts/bench/record.sh"
# shellcheck source=scripts/bench/naive.sh
. "$scripts/bench/naive.sh"

need_root
packages_install "${packages_build[@]}" "${packages_lab[@]}"
build_release ece-load
trap lab_down EXIT
trap 'exit 130' INT TERM HUP
record_begin naive
for clients in "${counts[@]}"; do
    for ((run = 1; run <= runs; run++)); do naive_run "$place" "$clients" "$run"; done
done
record_summary naive
