# shellcheck shell=bash
# What the demo and the benchmarks share: the build, one lab, the load, and the program on 'op'.
# Whoever includes this file sets lab_name first.
# shellcheck disable=SC2034,SC2154  # lab_name comes from there; some names are used only there

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$scripts")
release=$checkout/build/release
load_program=$release/tests/lab/ece-load
# As every client of the service connects: through PgBouncer, with the password of ~/.pgpass.
proxy='host=127.0.0.1 port=6432 dbname=orders user=app'
source_direct='host=10.10.0.10 port=5432 dbname=orders user=app'

need_root() {
    [ "$(id -u)" = 0 ] || {
        echo "${0##*/}: a lab of namespaces wants root: sudo $0" >&2
        exit 2
    }
}

# A lab's daemons outlive the call: they must not keep our caller's descriptor 3 open.
lab() { "$scripts/lab.sh" --name "$lab_name" "$@" 3>&-; }

# A lab of the same name that somebody else raised makes lab_up fail, and is not ours to take down.
lab_ours=''
lab_up() {
    lab up
    lab_ours=yes
}

lab_down() {
    [ -n "$lab_ours" ] || return 0
    lab_ours=''
    lab down
}

# on HOST COMMAND...: runs it on a lab host, as root
on() {
    local host=$1
    shift
    lab sh "$host" -- "$@"
}

# build_release TARGET...: builds quietly; the compiler's words are shown only when it fails
build_release() {
    local log target targets=()
    for target in "$@"; do targets+=(--target "$target"); done
    log=$(mktemp)
    (cd "$checkout" && cmake --preset release && cmake --build --preset release "${targets[@]}") \
        >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        rm -f "$log"
        echo "the release build failed" >&2
        return 1
    }
    rm -f "$log"
}

# wait_until SECONDS COMMAND...: asks again and again, gives up with status 1
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
