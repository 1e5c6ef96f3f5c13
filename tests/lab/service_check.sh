#!/usr/bin/env bash
# Holds the engine and traffic drivers against real servers and a real proxy: raises a lab of its own and runs the
# service contract on the operator's host. Needs root. Usage: service_check.sh CONTRACT GUARD [CASE]   (cases: engine traffic cut)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
contract=$1 guard=$2
lab=("$here/../../scripts/lab.sh" --name servicecheck)
if [ "$(id -u)" != 0 ]; then
    echo "service_check: skipped: it raises a lab, which needs root"
    exit 77
fi
trap '"${lab[@]}" down || true' EXIT
trap 'exit 130' INT TERM HUP
ECE_LAB_SHARE=$(dirname "$contract"):$(dirname "$guard") "${lab[@]}" up
"${lab[@]}" migration | "${lab[@]}" sh op -- tee /root/orders.json >/dev/null
"${lab[@]}" sh op -- env ECE_SERVICE_MIGRATION=/root/orders.json "ECE_MIGRATE_GUARD=$guard" \
    "LSAN_OPTIONS=${LSAN_OPTIONS:-}" ${3:+"CK_RUN_CASE=$3"} "$contract"
