#!/bin/bash
# What can be found without a test, and by tests under other eyes: layout, shell, threads, gcc's
# analyzer, clang-tidy and cppcheck, valgrind, ThreadSanitizer. Each part is clean, or the run fails.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: scripts/check.sh [--quick] [PART...]

  format     every C file is as clang-format leaves it
  shell      shellcheck over every script, and over those that are run on hosts
  threads    only steps/wire/ssh_forward.c makes a thread, and the guard makes none
  analyzer   gcc -fanalyzer over the program
  cppcheck   over everything
  tidy       clang-tidy over everything
  valgrind   resume and stories, no leak and no read of what was never written
  tsan       ThreadSanitizer where the thread runs: connections through a jump host

  --quick    format, shell, threads, cppcheck, and the analyzer over what was changed last
USAGE
}

quick=''
parts=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    format | shell | threads | analyzer | cppcheck | tidy | valgrind | tsan) parts+=("$1") ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
if [ ${#parts[@]} -eq 0 ]; then
    parts=(format shell threads analyzer cppcheck tidy valgrind tsan)
    [ -z "$quick" ] || parts=(format shell threads cppcheck analyzer)
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
packages_install "${packages_build[@]}" "${packages_check[@]}"
[ -n "$quick" ] || packages_install "${packages_check_all[@]}"
export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
jobs=2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

c_files() { git ls-files -z '*.c' '*.h'; }

part_format() { c_files | xargs -0 clang-format --dry-run -Werror; }

# What is run on hosts has no first line, and may include a file of its folder.
part_shell() {
    git ls-files -z '*.sh' .ci/run ':!steps' | xargs -0 shellcheck -x
    git ls-files -z 'steps/*.sh' | xargs -0 shellcheck -s sh
}

# The secrets scrubber may be called from any thread and has a lock for it; the one thread is the
# pump behind a jump host (docs/architecture.md). Whoever adds another adds it to part_tsan.
part_threads() {
    local makers
    makers=$(git grep -lE 'pthread_create|thrd_create' -- '*.c' '*.h' | tr '\n' ' ')
    [ "$makers" = 'steps/wire/ssh_forward.c ' ] || {
        echo "threads are made in: $makers"
        return 1
    }
    ! git grep -nE 'pthread|threads\.h' -- steps/guard
}

configure() { # PRESET OPTION...
    cmake --preset "$@" >"$work/configure" 2>&1 || { cat "$work/configure" && return 1; }
}

# Without optimisation the analyzer sees the code as it is written. Each file is compiled as the
# debug preset compiles it, and nothing is linked; what was clean once comes from ccache.
part_analyzer() {
    local folders=(base state steps orchestrator) files=() file
    if [ -n "$quick" ]; then
        mapfile -t files < <(git diff --name-only --diff-filter=d HEAD~1 -- "${folders[@]/%//*.c}")
    else
        mapfile -t files < <(git ls-files "${folders[@]/%//*.c}")
    fi
    [ ${#files[@]} -gt 0 ] || return 0
    configure debug
    for file in "${files[@]}"; do
        mkdir -p "$work/o/${file%/*}"
        jq -r --arg file "$PWD/$file" --arg out "$work/o/$file.o" '
            first(.[] | select(.file == $file)) | .command | sub(" -o [^ ]+ "; " -o \($out) ") +
            " -fanalyzer -fdiagnostics-path-format=none -fno-diagnostics-show-caret"' \
            build/debug/compile_commands.json
    done >"$work/commands"
    tr '\n' '\0' <"$work/commands" | xargs -0 -P "$jobs" -I{} bash -c 'cd build/debug && {}'
}

part_cppcheck() {
    git ls-files '*.c' | cppcheck --quiet --error-exitcode=1 --inline-suppr -j "$jobs" -I . \
        --enable=warning,performance,portability --std=c11 --file-list=- \
        --suppress=missingIncludeSystem --suppressions-list=scripts/check/cppcheck.txt
}

part_tidy() {
    configure debug
    # One file a process: with more, version 14 takes every va_list of the later ones for unset.
    git ls-files -z '*.c' | xargs -0 -n 1 -P "$jobs" clang-tidy --quiet -p build/debug \
        --warnings-as-errors='*' --extra-arg=-Wno-unknown-warning-option 2>"$work/tidy.err" ||
        { grep -v 'warnings generated' "$work/tidy.err" && return 1; }
}

build() { # PRESET TARGET...
    local preset=$1
    shift
    configure "$preset"
    ninja -C "build/$preset" -j "$jobs" "$@" >"$work/build" 2>&1 || { tail -n 40 "$work/build" && return 1; }
}

# A killed child frees nothing; it is the one that resumes that must be clean.
part_valgrind() {
    local tests=(story_moment unit_state_lease unit_state_store_upgrade) test
    build debug "${tests[@]}"
    for test in "${tests[@]}"; do
        find build/debug/tests -name "$test" -type f -exec \
            env CK_FORK=yes CK_TIMEOUT_MULTIPLIER=20 \
            valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
            --errors-for-leak-kinds=definite {} \; >"$work/valgrind" 2>&1
        if grep -E '^==[0-9]+== ' "$work/valgrind" || ! grep -q '^100%' "$work/valgrind"; then
            cat "$work/valgrind"
            return 1
        fi
    done
}

part_tsan() {
    local tests=(contract_wire_sshd_login contract_wire_sshd_stream unit_base_secret)
    build tsan "${tests[@]}"
    TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp:halt_on_error=1:history_size=4" \
        ctest --test-dir build/tsan --output-on-failure --timeout 400 \
        -R "^($(IFS='|' && echo "${tests[*]}"))\$"
}

failed=()
for part in "${parts[@]}"; do
    start=$SECONDS
    # A part runs with 'set -e' of its own, which a condition would switch off.
    set +e
    (
        set -e
        "part_$part"
    ) >"$work/said" 2>&1
    status=$?
    set -e
    word=clean
    [ $status -eq 0 ] || { word='NOT CLEAN' && failed+=("$part"); }
    printf '%-9s %s (%d s)\n' "$part" "$word" $((SECONDS - start))
    [ $status -eq 0 ] || cat "$work/said"
done
[ ${#failed[@]} -eq 0 ]
