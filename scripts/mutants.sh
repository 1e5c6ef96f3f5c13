#!/bin/bash
# Breaks the program on purpose, one line at a time, and looks whether the suite notices. Each patch
# in tests/mutants says what it removes and which test must fail then; that test alone is built and
# run, in a copy of the tree in build/mutants. Before that each of these tests must pass without any
# patch: a test that fails anyway kills nothing. A mutant that survives is a hole in the suite.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: scripts/mutants.sh [--quick] [--lab] [NAME...]

  --quick   only mutants whose test takes seconds and no server
  --lab     also those whose test raises a lab (minutes each, root)
  NAME      only these, as tests/mutants/NAME.patch

The first lines of a patch are 'removes: WHAT' and 'test: CTEST', or 'test: guard_check PATTERN' for
one check of tests/lab/guard_check.sh (needs root). Exit status: 0 when all were killed, 1 otherwise.
Appends a line to $ECE_RELIABILITY.
USAGE
}

mode=all
lab=''
names=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) mode=quick ;;
    --lab) lab=yes ;;
    --help | -h) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
packages_install "${packages_build[@]}" ccache
patches=$PWD/tests/mutants
work=$PWD/build/mutants
tree=$work/tree
build=$work/build
export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

header() { sed -n "s/^$1: //p" "$patches/$2.patch" | head -n 1; } # KEY NAME

# What is to be built for a test, besides the program of its own name.
targets_of() {
    case $1 in
    guard_check) echo ece-guard ece-load ;;
    lab_tunnel) echo contract_tunnel_wireguard tunnel_time ;;
    *) echo "$1" ;;
    esac
}

# The kind of a test: quick (no server), server (needs root or servers), lab.
kind_of() {
    case $1 in
    lab_*) echo lab ;;
    guard_check | contract_*) echo server ;;
    *) echo quick ;;
    esac
}

build_test() {
    local targets
    read -ra targets < <(targets_of "$1")
    ninja -C "$build" "${targets[@]}" >"$work/build.log" 2>&1
}

# run_test TEST [PATTERN]
run_test() {
    if [ "$1" = guard_check ]; then
        "$tree/tests/lab/guard_check.sh" "$build/orchestrator/cli/ece-guard" \
            "$build/tests/lab/ece-load" "$2" >"$work/test.log" 2>&1 &&
            grep -q '^ok ' "$work/test.log"
    else
        ctest --test-dir "$build" -R "^$1\$" --timeout 600 --no-tests=error \
            --output-on-failure >"$work/test.log" 2>&1 && ! grep -q 'Skipped' "$work/test.log"
    fi
}

prepare_tree() {
    rm -rf "$tree"
    mkdir -p "$tree"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --preserve=mode -t "$tree" 2>/dev/null ||
        git ls-files -z --cached | xargs -0 cp --parents --preserve=mode -t "$tree"
    cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug >"$work/build.log" 2>&1
}

[ ${#names[@]} -gt 0 ] || for patch in "$patches"/*.patch; do
    name=${patch##*/}
    names+=("${name%.patch}")
done
chosen=()
for name in "${names[@]}"; do
    test=$(header test "$name")
    kind=$(kind_of "${test%% *}")
    if [ "$mode" = quick ] && [ "$kind" != quick ]; then continue; fi
    if [ "$kind" = lab ] && [ -z "$lab" ]; then continue; fi
    if [ "${test%% *}" = guard_check ] && [ "$(id -u)" != 0 ]; then
        echo "skipped: $name: its test needs root"
        continue
    fi
    chosen+=("$name")
done

prepare_tree
declare -A sound
survived=0
# say WORD NAME TEXT
say() { printf '%-9s %-32s %s\n' "$1" "$2" "$3"; }

# Whether the test passes on the tree as it is, at a second try on a machine that is busy; asked once
# for each test.
test_is_sound() {
    if [ -z "${sound[$1]:-}" ]; then
        # shellcheck disable=SC2086  # a test and its pattern are two words
        if build_test "${1%% *}" && { run_test $1 || run_test $1; }; then sound[$1]=yes; else sound[$1]=no; fi
    fi
    [ "${sound[$1]}" = yes ]
}

for name in "${chosen[@]}"; do
    test=$(header test "$name")
    if ! test_is_sound "$test"; then
        say BROKEN "$name" "'$test' fails without any patch"
        tail -n 20 "$work/test.log" "$work/build.log"
        survived=$((survived + 1))
        continue
    fi
    patch -s -p1 -d "$tree" <"$patches/$name.patch" >"$work/patch.log" 2>&1 || {
        say STALE "$name" "the patch does not fit any more: make it anew"
        cat "$work/patch.log"
        survived=$((survived + 1))
        prepare_tree
        continue
    }
    # shellcheck disable=SC2086  # as above
    if ! build_test "${test%% *}"; then
        say BROKEN "$name" "does not compile"
        tail -n 20 "$work/build.log"
        survived=$((survived + 1))
    elif run_test $test; then
        say SURVIVED "$name" "'$test' did not notice that this was removed: $(header removes "$name")"
        survived=$((survived + 1))
    else
        say killed "$name" "by '$test'"
    fi
    patch -s -R -p1 -d "$tree" <"$patches/$name.patch"
done

echo "${#chosen[@]} mutants, $((${#chosen[@]} - survived)) killed"
if [ -n "${ECE_RELIABILITY:-}" ]; then
    printf '{"fault":"mutants of the program itself","tried":%d,"broken":%d,"parked":null,"lost":null,"duplicated":null,"failed":null,"stall_max_ms":null,"command":"scripts/mutants.sh%s"}\n' \
        "${#chosen[@]}" "$survived" "$([ "$mode" = all ] || echo " --$mode")" >>"$ECE_RELIABILITY"
fi
[ "$survived" -eq 0 ]
