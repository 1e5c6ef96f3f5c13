#!/bin/bash
# Feeds made-up input to everything that we parse ourselves: tests/fuzz/fuzz_*.c with libFuzzer,
# from the committed corpus on. What libFuzzer finds on its way stays in build/fuzz/found; an input
# that ends a target is printed, and belongs into tests/fuzz/corpus/NAME, where every build plays it
# again (ctest fuzz_corpus_NAME).
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: scripts/fuzz.sh [--seconds N] [--jobs N] [NAME...]

  --seconds N   how long each target gets (60)
  --jobs N      targets at the same time (2)
  NAME          only these targets: spec, words, ... (all)

Exit status: 0 when nothing was found, 1 otherwise. Appends a line to $ECE_RELIABILITY.
USAGE
}

seconds=60
jobs=2
names=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds | --jobs)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { usage >&2 && exit 2; }
        if [ "$1" = --jobs ]; then jobs=$2; else seconds=$2; fi
        shift
        ;;
    --help | -h) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
packages_install "${packages_build[@]}" "${packages_fuzz[@]}"

programs=build/fuzz/tests/fuzz
found=build/fuzz/found
if [ ${#names[@]} -eq 0 ]; then
    for file in tests/fuzz/fuzz_*.c; do
        name=${file##*/fuzz_}
        names+=("${name%.c}")
    done
fi
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
mkdir -p "$found"

# one NAME: runs a target; its words go to a file, its crashers beside it
one() {
    local name=$1
    mkdir -p "$found/$name"
    rm -f "$found/$name".crash-* "$found/$name".leak-* "$found/$name".timeout-* "$found/$name".oom-*
    LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 \
        "$programs/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -max_len=8192 -print_final_stats=1 -artifact_prefix="$found/$name." \
        "$found/$name" "tests/fuzz/corpus/$name" >"$found/$name.log" 2>&1
}

running=()
broken=0
tried=0
# one_ended NAME STATUS: a line for people
one_ended() {
    local name=$1 status=$2 runs edges
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/$name.log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$found/$name.log" | tail -n 1)
    tried=$((tried + ${runs:-0}))
    printf '%-10s %9s inputs, %5s branches reached' "$name" "${runs:-?}" "${edges:-?}"
    if [ "$status" -eq 0 ]; then
        echo ", nothing found"
        return
    fi
    broken=$((broken + 1))
    echo ", FOUND ONE:"
    grep -m 3 -E 'ERROR: |runtime error: |this must hold|SUMMARY: ' "$found/$name.log" ||
        tail -n 5 "$found/$name.log"
    ls "$found/$name".crash-* "$found/$name".leak-* "$found/$name".timeout-* 2>/dev/null || true
}

next=0
while [ $next -lt ${#names[@]} ] || [ ${#running[@]} -gt 0 ]; do
    while [ ${#running[@]} -lt "$jobs" ] && [ $next -lt ${#names[@]} ]; do
        one "${names[$next]}" &
        running+=("$!:${names[$next]}")
        next=$((next + 1))
    done
    job=${running[0]}
    running=("${running[@]:1}")
    status=0
    wait "${job%%:*}" || status=$?
    one_ended "${job#*:}" "$status"
done

if [ -n "${ECE_RELIABILITY:-}" ]; then
    printf '{"fault":"made-up input to everything that is parsed","tried":%d,"broken":%d,"parked":null,"lost":null,"duplicated":null,"failed":null,"stall_max_ms":null,"command":"scripts/fuzz.sh --seconds %d"}\n' \
        "$tried" "$broken" "$seconds" >>"$ECE_RELIABILITY"
fi
[ "$broken" -eq 0 ]
