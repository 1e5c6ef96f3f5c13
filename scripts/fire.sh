#!/bin/bash
# Faults against the real thing, in a lab: everything that may die or hang dies or hangs, in every
# phase, and every invariant is looked up afterwards. It takes hours if all of it is asked for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'USAGE'
usage: fire.sh [--name LAB] [--out FILE.jsonl] GROUP...

  crash[:DEATHS[:FROM:TO]]          the orchestrator dies at every moment of every action;
                                    DEATHS of them on one migration (default 5)
  cutover[:VICTIM,...[:PHASE,...]]  orchestrator, worker, warden, guard, source, target or proxy
                                    is killed at each sub-phase of the cutover, or source-hangs,
                                    target-hangs, proxy-hangs (no lab)
  cutover-lab[:VICTIM,...[:PHASE,...]]
                                    sgw-daemon, tgw-daemon, sgw, tgw (reboots) or wan goes there
  partition[:FAULT,...[:PHASE,...]] the network is torn, slow or silent in every phase: wan,
                                    wan-gone, one-way, mtu, slow, silent, ssh-cut, pg-cut,
                                    sshd-stopped
  mix[:MIGRATIONS]                  the same faults by turns, as every action begins
  reconnect[:SECONDS,...[:TIMES]]   how soon replication is back after an outage
  all                               crash, cutover, cutover-lab, partition, mix, reconnect

Each kind of fault ends with a line of JSON. With --out they are appended to a file, from which
scripts/reliability.sh makes the table of docs/reliability.md.
USAGE
}

out=''
while [ $# -gt 0 ]; do
    case $1 in
    --name) export ECE_FIRE_LAB=${2:?} && shift 2 ;;
    --out) out=${2:?} && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || { usage >&2 && exit 2; }
[ "$(id -u)" = 0 ] || { echo "fire.sh: a lab of namespaces wants root" >&2 && exit 2; }
groups=("$@")
[ "$1" != all ] || groups=(crash cutover cutover-lab partition mix reconnect)

# shellcheck source=scripts/packages.sh
. scripts/packages.sh
packages_install "${packages_build[@]}" "${packages_lab[@]}"
# shellcheck source=scripts/common.sh
. scripts/common.sh
build_release ece-migrate ece-load ece-guard ece-relay
[ -z "$out" ] || ECE_RELIABILITY=$(realpath -m "$out")
[ -z "$out" ] || export ECE_RELIABILITY
exec tests/lab/fire_test.sh "$(find build/release -name ece-migrate -type f)" "$load_program" \
    "$(find build/release -name ece-guard -type f)" build/release/tests/lab/ece-relay "${groups[@]}"
