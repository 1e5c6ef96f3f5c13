#!/bin/sh
# Runs the golden cases: each folder of cases/ has
#     cmd            what to run (sh, in a fresh directory, ece-migrate in PATH, $CLI is this folder)
#     stdin          what it reads (optional)
#     expected.out   its standard output, expected.err its standard error, status its exit status
# byte for byte, but for the name of the fresh directory, which is DIR, and is gone afterwards.
#
# usage: run.sh FOLDER_OF_ECE_MIGRATE [--update] [CASE...]
# With --update the expected files are written instead of compared: read the difference before you commit it.
set -u

cli=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd) || exit 2
shift
update=no
if [ "${1-}" = --update ]; then
    update=yes
    shift
fi
# shellcheck disable=SC2046  # names of cases are words
[ $# -gt 0 ] || set -- $(ls "$cli/cases")

work=$(mktemp -d /tmp/ece-cli-XXXXXX) || exit 2
trap 'rm -rf "$work"' EXIT

# run_case NAME: leaves out, err and status in $work/got.
run_case() {
    rm -rf "$work/dir" "$work/got"
    mkdir -p "$work/dir" "$work/got"
    input=/dev/null
    [ -f "$cli/cases/$1/stdin" ] && input=$cli/cases/$1/stdin
    (
        cd "$work/dir" || exit 2
        env -i PATH="$bin:/usr/bin:/bin" HOME="$work/dir" ECE_MIGRATE_ANCHORS="$work/anchors" LC_ALL=C CLI="$cli" ${ASAN_OPTIONS+ASAN_OPTIONS="$ASAN_OPTIONS"} \
            sh -u "$cli/cases/$1/cmd" <"$input" >"$work/got/out" 2>"$work/got/err"
        echo $? >"$work/got/status"
    )
    sed -i "s|$work/dir|DIR|g" "$work/got/out" "$work/got/err"
}

failed=0
for name in "$@"; do
    case_dir=$cli/cases/$name
    if ! [ -f "$case_dir/cmd" ]; then
        echo "there is no case '$name'" >&2
        exit 2
    fi
    run_case "$name"
    if [ $update = yes ]; then
        cp "$work/got/out" "$case_dir/expected.out"
        cp "$work/got/err" "$case_dir/expected.err"
        cp "$work/got/status" "$case_dir/status"
        continue
    fi
    bad=no
    diff -u "$case_dir/expected.out" "$work/got/out" || bad=yes
    diff -u "$case_dir/expected.err" "$work/got/err" || bad=yes
    diff -u "$case_dir/status" "$work/got/status" || bad=yes
    if [ $bad = yes ]; then
        echo "FAILED: $name"
        failed=$((failed + 1))
    fi
done
echo "$# cases, $failed failed"
[ $failed -eq 0 ]
