#!/bin/bash
# Which lines and branches the tests reach: builds with gcov, runs the tests that need no lab (and
# the guard's own checks, as root), prints a table by room, and the lines that nothing reached of
# what must not fail: the machines, the runner, the guard and the store. docs/coverage.md explains
# those that are left.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: scripts/coverage.sh [--lab] [--report] [CTEST-OPTION...]

  --lab      run the tests that raise a lab too (many minutes)
  --report   run nothing: only print what was counted before
USAGE
}

lab=''
report=''
while [ $# -gt 0 ]; do
    case $1 in
    --lab) lab=yes ;;
    --report) report=yes ;;
    --help | -h) usage && exit 0 ;;
    *) break ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
packages_install "${packages_build[@]}" "${packages_check_all[@]}" jq
out=build/coverage
watched='^(orchestrator/machine\.c|orchestrator/runner.*\.c|steps/guard/.*\.c|state/.*\.c)$'

# What a process has counted is lost when it is killed, so a line that only a killed process runs
# shows as unreached.
if [ -z "$report" ]; then
    cmake --preset coverage >/dev/null
    cmake --build --preset coverage >/dev/null
    find "$out" -name '*.gcda' -delete
    skip=(-LE lab -E '^lab_(check|engine|tunnel)$')
    [ -z "$lab" ] || skip=()
    ctest --preset coverage "${skip[@]}" --output-on-failure "$@" | tail -n 30
fi

# Files that no test links have no counters at all: they would be left out, and are named.
gcovr --root . --object-directory "$out" --exclude 'build/' --exclude 'tests/' \
    --json "$out/lines.json" >/dev/null

jq -r '
    def percent(a; b): if b == 0 then "-" else "\((1000 * a / b | round) / 10) %" end;
    def room: .file | sub("/[^/]*$"; "");
    [.files[] | {room: room,
        lines: ([.lines[] | select(."gcovr/noncode" | not)] | length),
        hit: ([.lines[] | select((."gcovr/noncode" | not) and .count > 0)] | length),
        branches: ([.lines[].branches[]] | length),
        taken: ([.lines[].branches[] | select(.count > 0)] | length)}]
    | (group_by(.room)[] | {room: .[0].room, lines: map(.lines) | add, hit: map(.hit) | add,
        branches: map(.branches) | add, taken: map(.taken) | add}),
      {room: "all", lines: map(.lines) | add, hit: map(.hit) | add,
        branches: map(.branches) | add, taken: map(.taken) | add}
    | [.room, .lines, percent(.hit; .lines), .branches, percent(.taken; .branches)] | @tsv' \
    "$out/lines.json" | {
    printf 'room\tlines\treached\tbranches\ttaken\n'
    cat
} | column -t -s "$(printf '\t')"

echo
echo 'Lines that nothing reached of machine, runner, guard and store:'
jq -r --arg watched "$watched" '
    .files[] | select(.file | test($watched)) | .file as $file | .lines[]
    | select((."gcovr/noncode" | not) and .count == 0) | "\($file):\(.line_number)"' \
    "$out/lines.json" | while IFS=: read -r file line; do
    printf '%s:%s: %s\n' "$file" "$line" "$(sed -n "${line}p" "$file" | sed 's/^ *//')"
done
