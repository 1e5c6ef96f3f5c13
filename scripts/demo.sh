#!/bin/bash
# Watch a database that is being written to move from one VPC to another, on this machine alone:
# installs and builds what is missing, raises a lab of two VPCs, runs one migration under load,
# proves that nothing was lost and nothing stays, and takes the lab down.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: sudo scripts/demo.sh [--json] [--keep] [--clients N] [--mb N] [--name LAB]

  --json        what people read goes to stderr, and stdout is one line of JSON
  --keep        leave the lab up afterwards, to look around
  --clients N   clients that write during the migration (8)
  --mb N        data to move, in MB (512)
  --name LAB    the lab's name (demo)

Exit status: 0 when nothing was lost, doubled, failed or left behind; 1 otherwise;
2 when the demo could not be held at all.
USAGE
}

clients=8
mb=512
lab_name=demo
json=''
keep=''
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=yes ;;
    --keep) keep=yes ;;
    --clients | --mb | --name)
        [ $# -ge 2 ] || { usage >&2 && exit 2; }
        case $1 in
        --clients) clients=$2 ;;
        --mb) mb=$2 ;;
        --name) lab_name=$2 ;;
        esac
        shift
        ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[[ $clients$mb =~ ^[0-9]+$ ]] || { usage >&2 && exit 2; }
exec 3>&1
[ -z "$json" ] || exec 1>&2

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/packages.sh
. "$scripts/packages.sh"
# shellcheck source=scripts/load.sh
. "$scripts/load.sh"
# shellcheck source=scripts/migrate.sh
. "$scripts/migrate.sh"
# shellcheck source=scripts/demo/talk.sh
. "$scripts/demo/talk.sh"
# shellcheck source=scripts/demo/traces.sh
. "$scripts/demo/traces.sh"
# shellcheck source=scripts/demo/stage.sh
. "$scripts/demo/stage.sh"
# shellcheck source=scripts/demo/move.sh
. "$scripts/demo/move.sh"
# shellcheck source=scripts/demo/prove.sh
. "$scripts/demo/prove.sh"

finish() {
    local status=$?
    trap - EXIT
    [ -z "${move_approver:-}" ] || kill "$move_approver" 2>/dev/null || true
    if [ -n "$keep" ] && [ -n "$lab_ours" ]; then
        say "the lab stays: scripts/lab.sh --name $lab_name sh app; scripts/lab.sh --name $lab_name down"
    else
        lab_down
    fi
    rm -rf "$work"
    exit "$status"
}

need_root
work=$(mktemp -d)
trap finish EXIT
trap 'exit 130' INT TERM HUP

section "What is needed"
stage_memory
stage_program

section "Two VPCs and a service"
stage_lab
stage_snapshot
stage_load

section "The plan, which touches nothing"
move_plan

section "The migration"
move_run || {
    status=$?
    say "ece-migrate ended with status $status; what it did last:"
    migrate log "$migrate_id" | tail -n 20
    exit 1
}
load_stop

section "What the clients saw"
prove_clients

section "What is left of the move"
prove_tunnel_gone
load_forget
prove_no_traces

jq -nc --argjson load "$load_verdict" --argjson traces "$traces_left" --argjson ms "$move_ms" \
    '$load | {acked, lost, duplicated, failed, stall_max_ms, traces_left: $traces,
        seconds: ($ms / 100 | round / 10)}' >"$work/result"
[ -z "$json" ] || cat "$work/result" >&3
jq -e '.acked > 0 and .lost == 0 and .duplicated == 0 and .failed == 0 and .traces_left == 0' \
    "$work/result" >/dev/null
