# shellcheck shell=bash
# What the tests of whole migrations share: a lab of the test's own, the program run on its
# operator host, clients that write all along, snapshots, and checks that are sentences.
#
#   lab_test NAME ECE_MIGRATE ECE_LOAD   first of all: takes the programs, skips aloud without root
#   lab_up                               the lab, with the migration file in op:/root/m.json
#   lab_end                              last of all: says how many checks failed; its status is the test's
#
# Every call of the program has a time limit, so nothing hangs; what it says is kept in $work.
# What a test makes is below $work and in its lab; both go when it ends, however it ends.
# shellcheck disable=SC2034  # some names are for the tests
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=0
failed=0
limit_s=60 # no call of the program may take longer than this

lab_test() {
    test=$1
    if [ $# -ne 3 ]; then
        echo "usage: ${test}_test.sh ECE_MIGRATE ECE_LOAD" >&2
        exit 2
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "SKIPPED: ${test}_test.sh makes network namespaces and must run as root"
        exit 77
    fi
    program=$(realpath "$2")
    load=$(realpath "$3")
    export ECE_LAB_SHARE="${program%/*}:${load%/*}"
    lab_down_stale
    name=${ECE_FIRE_LAB:-lt-$test-$$}
    work=$(mktemp -d /tmp/ece-lt-XXXXXX)
    began=$SECONDS
    trap 'lab_clean' EXIT
    trap 'exit 130' INT TERM HUP
}

lab() { "$here/../../scripts/lab.sh" --name "$name" "$@"; }
on() { local host=$1 && shift && lab sh "$host" -- "$@" </dev/null; }

# A test that was killed by its time limit could not take its lab down: the next one does.
lab_down_stale() {
    local stale
    for stale in /run/ece-lab/lt-"$test"-*; do
        [ ! -d "$stale" ] || [ -d "/proc/${stale##*-}" ] || name=${stale##*/} lab down
    done
}

lab_clean() {
    trap - EXIT
    # shellcheck disable=SC2046  # one word a job
    kill $(jobs -p) 2>/dev/null
    lab down
    rm -rf "${work:?}"
}

lab_up() {
    lab up
    lab migration >"$work/m.json"
    migration_put "$work/m.json"
    # The verifiers beside them are what servers keep instead: they are where they should be.
    cat "/run/ece-lab/$name/secrets/"*.pw >"$work/secrets"
}

lab_end() {
    echo "1..$count"
    echo "# $count checks, $failed failed, $((SECONDS - began)) s"
    [ "$failed" = 0 ]
}

# Puts a migration file where the program will read it.
migration_put() { lab sh op -- bash -c 'cat >/root/m.json' <"$1"; }

note() { echo "# $*"; }

# check SENTENCE COMMAND…: one line of the result; what the command said, when it failed.
check() {
    local sentence=$1 verdict=ok
    shift
    count=$((count + 1))
    "$@" >"$work/check" 2>&1 || verdict='not ok'
    echo "$verdict $count - $sentence"
    [ "$verdict" = ok ] || explain
}

explain() {
    failed=$((failed + 1))
    tail -n 40 "$work/check" | sed 's/^/#   /'
}

is() { [ "$1" = "$2" ] || { echo "'$1', wanted '$2'" && return 1; }; }

# says FILE REGEX…: the file has a match for each
says() {
    local file=$1 regex bad=0
    shift
    for regex in "$@"; do
        grep -qE -- "$regex" "$file" || { echo "nothing matches '$regex'" && bad=1; }
    done
    [ $bad = 0 ] || cat "$file"
    return $bad
}

# holds FILE FILTER [ARGUMENT…]: is there JSON, and is this true of it? (jq 1.6 -e is content with none.)
holds() {
    local file=$1
    shift
    cat "$file"
    is "$(jq "$@" <"$file")" true
}

# until_true SECONDS COMMAND…: waits for a condition, looking often
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "still not so: $*" && return 1; }
        sleep 0.1
    done
}

# --- the program, on the operator's host -------------------------------------------------------

# The state directory on that host, and settings of one call as words for env(1).
state_dir=/var/lib/ece-migrate
ece_with=()

ece_run() {
    on op env ECE_MIGRATE_STATE="$state_dir" "${ece_with[@]}" \
        timeout -k 5 "$limit_s" "$program" "$@"
}

# ece ARGUMENT…: runs the program to its end; leaves $status, $work/out and $work/err
ece() {
    status=0
    ece_run "$@" >"$work/out" 2>"$work/err" || status=$?
}

# The same in the background, one at a time, until ece_wait: $work/runner.out and $work/runner.err
ece_start() {
    ece_run "$@" >"$work/runner.out" 2>"$work/runner.err" &
    runner=$!
}

ece_wait() {
    status=0
    wait "$runner" || status=$?
}

# Runs until it is killed at PHASE.ACTION.MOMENT, by itself.
ece_killed_at() {
    ece_with=(ECE_MIGRATE_REHEARSAL=1 ECE_MIGRATE_KILL_AT="$1")
    shift
    ece "$@"
    ece_with=()
    is "$status" 137 || { cat "$work/err" && return 1; }
}

# The runner, whatever it is doing.
ece_kill() { on op pkill -KILL -x ece-migrate; }

ended_with() { is "$status" "$1" || { cat "$work/err" && return 1; }; }
runner_ended_with() {
    ece_wait
    is "$status" "$1" || { cat "$work/runner.err" && return 1; }
}

# track_at TRACK PHASE…: is the track in one of these phases?
track_at() {
    local track=$1 phase
    shift
    phase=$(ece_run status --json |
        jq -r --arg track "$track" '.tracks[] | select(.name == $track) | .phase')
    [[ " $* " == *" $phase "* ]]
}

journal_is_whole() {
    ece log --verify
    ended_with 0
}

# --- clients -----------------------------------------------------------------------------------

client_dsn='host=127.0.0.1 port=6432 dbname=orders user=app'

fill() { on app "$load" fill --conninfo "$client_dsn" --mb "$1"; }

# load_start RUN [OPTION…]: eight writers through the proxy, until load_stop
load_start() {
    load_run=$1
    shift
    on app "$load" run --conninfo "$client_dsn" --run "$load_run" \
        --ledger "/tmp/$load_run.ledger" --clients 8 --rate 25 --seconds 3600 "$@" \
        >"$work/load" 2>&1 &
    loader=$!
    until_true 30 grep -q started "$work/load"
}

load_stop() {
    on app pkill -TERM -x ece-load
    wait "$loader" || true
}

# Nothing failed, and what was acknowledged stands once in the database at this address.
load_is_whole() {
    on app "$load" verify --conninfo "host=$1 port=5432 dbname=orders user=app" \
        --run "$load_run" --ledger "/tmp/$load_run.ledger" >"$work/verdict" || true
    holds "$work/verdict" '.acked > 0 and .failed == 0 and .lost == 0 and .duplicated == 0'
}

# shellcheck disable=SC2016  # jq's own variable
load_stalled_below() { holds "$work/verdict" --argjson most "$1" '.stall_max_ms < $most'; }

load_note() { note "clients: $(jq -c '{acked, failed, lost, duplicated, stall_max_ms}' "$work/verdict")"; }

# Where the clients' next write ends up, as an address.
served_by() {
    on app psql -XAtq "$client_dsn" -c 'SELECT host(inet_server_addr())'
}

source_address=10.10.0.10
target_address=10.20.0.10

clients_served_by() { is "$(served_by)" "$1"; }

# What the server on HOST says to its own superuser, complaints included.
ask_server() { on "$1" env -C / runuser -u postgres -- psql -XAtq -d orders -c "$2" 2>&1; }

# --- what a host is like -----------------------------------------------------------------------

hosts=(sgw tgw sdb tdb app)

# snapshots WHEN [HOST…]: of all of them at once, into $work/WHEN.HOST
snapshots() {
    local when=$1 host jobs=()
    shift
    for host in "${@:-${hosts[@]}}"; do
        lab snapshot "$host" >"$work/$when.$host" </dev/null &
        jobs+=($!)
    done
    for host in "${jobs[@]}"; do wait "$host"; done
}

# same BEFORE AFTER [HOST…]: are the snapshots equal?
same() {
    local before=$1 after=$2 host bad=0
    shift 2
    for host in "${@:-${hosts[@]}}"; do
        [ -s "$work/$before.$host" ] || { echo "no snapshot of $host" && bad=1; }
        diff -u --label "$host before" --label "$host after" \
            "$work/$before.$host" "$work/$after.$host" || bad=1
    done
    return $bad
}
