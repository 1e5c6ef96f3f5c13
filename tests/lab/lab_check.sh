#!/bin/bash
# Proves that the lab is what the tests and the demo take it for. Each check is a sentence; the
# negative ones stand beside a positive one of the same kind, so that "cannot reach" never means
# "the probe is broken". Needs root.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab=$here/../../scripts/lab.sh
one=${ECE_LAB_CHECK_NAME:-labcheck}-1
two=${ECE_LAB_CHECK_NAME:-labcheck}-2
work=$(mktemp -d)
failed=0
count=0

if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: lab_check.sh makes namespaces and must run as root"
    exit 77
fi

on() { local host=$1 && shift && "$lab" --name "$one" sh "$host" -- "$@"; }

check() {
    local what=$1
    shift
    count=$((count + 1))
    if "$@" >"$work/out" 2>&1; then
        echo "ok $count - $what"
    else
        echo "not ok $count - $what"
        sed 's/^/#   /' "$work/out"
        failed=$((failed + 1))
    fi
}

# Prints 'open', 'refused' or 'unreachable': what a TCP connect from HOST to ADDRESS PORT meets.
knock() {
    # shellcheck disable=SC2016  # for the bash on the host
    on "$1" bash -c '
        out=$(timeout 1 bash -c "exec 3<>/dev/tcp/$0/$1" 2>&1)
        case $?:$out in
        0:*) echo open ;;
        *refused*) echo refused ;;
        *) echo unreachable ;;
        esac' "$2" "$3"
}

meets() { [ "$(knock "$2" "$3" "$4")" = "$1" ]; }

# Every process of a lab, as the machine numbers them.
pids_of() { for netns in /run/netns/ece-lab-"$1"-*; do ip netns pids "${netns##*/}"; done; }

# What of a lab can still be seen from the machine, given the processes that it had.
traces() {
    local name=$1
    ip netns list | grep "^ece-lab-$name-"
    ls -d "/run/ece-lab/$name" 2>/dev/null
    grep "ece-lab/$name/" /proc/self/mounts
    pgrep -af "ece-lab[-/]${name}[-/]"
    sed 's|.*|/proc/&/mounts|' "$work/pids" | xargs grep -lsE '^lab-(root|disk) '
}

left_nothing() {
    local seen
    seen=$(traces "$1")
    echo "$seen"
    [ -z "$seen" ]
}

ssh_reaches() { [ "$(on op ssh -o BatchMode=yes "$1" hostname)" = "$1" ]; }

password_is_refused() {
    local said
    said=$(on op ssh -o BatchMode=yes -o PubkeyAuthentication=no "$1" true 2>&1)
    [[ $said == *'Permission denied (publickey)'* ]]
}

snapshot_is_stable() {
    "$lab" --name "$one" snapshot "$1" >"$work/a" &&
        "$lab" --name "$one" snapshot "$1" >"$work/b" &&
        [ -s "$work/a" ] && diff "$work/a" "$work/b"
}

snapshot_notices() {
    local host=$1 do=$2 undo=$3
    "$lab" --name "$one" snapshot "$host" >"$work/a"
    on "$host" bash -c "$do"
    "$lab" --name "$one" snapshot "$host" >"$work/b"
    on "$host" bash -c "$undo"
    "$lab" --name "$one" snapshot "$host" >"$work/c"
    ! cmp "$work/a" "$work/b" && diff "$work/a" "$work/c"
}

# shellcheck disable=SC2016  # for the bash on the host
writes_a_row() {
    on app bash -c 'PGPASSWORD=$(cat /root/app.pw) psql -XAtq \
        "host=127.0.0.1 port=6432 dbname=orders user=app" \
        -c "CREATE TABLE lab_check (a int)" -c "INSERT INTO lab_check VALUES (1) RETURNING a" \
        -c "DROP TABLE lab_check"' | grep -qx 1
}

host_differs() { [ "$(on sgw readlink "/proc/1/ns/$1")" != "$(on tgw readlink "/proc/1/ns/$1")" ]; }

# shellcheck disable=SC2016  # for the bash on the host
target_is_empty() {
    on tdb bash -c '[ "$(stat -c %a:%U /var/lib/postgresql/15/main)" = 700:postgres ] &&
        [ -z "$(ls -A /var/lib/postgresql/15/main)" ]'
}

# shellcheck disable=SC2016
fingerprint_is_the_hosts() {
    local own
    own=$(on "$1" ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)
    [ -n "$own" ] && "$lab" --name "$one" migration | grep -qF "\"$own\""
}

both_are_up() { "$lab" --name "$one" status && "$lab" --name "$two" status; }

started=${EPOCHREALTIME/./}
check "a lab comes up" "$lab" --name "$one" up
echo "# up took $(((${EPOCHREALTIME/./} - started) / 1000)) ms"
trap '"$lab" --name "$one" down; "$lab" --name "$two" down; rm -rf "$work"' EXIT

for host in op sgw sdb tgw tdb app; do
    check "the operator reaches $host by ssh" ssh_reaches $host
done
check "a login without the key is refused" password_is_refused sgw
for kind in net mnt pid uts ipc; do
    check "hosts have a $kind namespace each" host_differs $kind
done
check "the program's host keys are those of the hosts" fingerprint_is_the_hosts tdb
check "sgw reaches the internet" meets refused sgw 192.0.2.200 22
check "tgw cannot reach the internet" meets unreachable tgw 192.0.2.200 22
check "tdb cannot reach the internet" meets unreachable tdb 192.0.2.200 22
check "the internet cannot reach tgw" meets unreachable net 198.51.100.20 22
check "the internet reaches sgw" meets open net 203.0.113.10 22
check "app reaches the source database" meets open app 10.10.0.10 5432
check "app reaches the target host, where no database listens yet" \
    meets refused app 10.20.0.10 5432
check "app reaches the target host's ssh" meets open app 10.20.0.10 22
check "sgw reaches the source database" meets open sgw 10.10.0.10 5432
check "tdb cannot reach the source database without a tunnel" meets unreachable tdb 10.10.0.10 5432
check "sdb cannot reach the target host without a tunnel" meets unreachable sdb 10.20.0.10 22
check "tgw cannot reach the source database" meets unreachable tgw 10.10.0.10 5432
check "the gateways reach each other's WAN address only from the source's side" \
    meets unreachable tgw 203.0.113.10 22
check "the target's data directory is empty and private" target_is_empty
check "a client writes through PgBouncer" writes_a_row
for host in wan net op sgw sdb tgw tdb app; do
    check "two snapshots of an idle $host are equal" snapshot_is_stable $host
done
check "a snapshot notices a file, and its absence" \
    snapshot_notices sgw 'touch /var/tmp/left' 'rm /var/tmp/left'
check "a snapshot notices a route, and its absence" \
    snapshot_notices tgw 'ip route add blackhole 10.9.9.9' 'ip route del blackhole 10.9.9.9'
check "a snapshot notices a rule, and its absence" \
    snapshot_notices tgw 'nft add table inet left' 'nft delete table inet left'
check "a snapshot notices a role, and its absence" snapshot_notices sdb \
    'cd / && runuser -u postgres createuser left_behind' \
    'cd / && runuser -u postgres dropuser left_behind'
check "a snapshot notices a process, and its absence" \
    snapshot_notices sgw 'sleep 991 </dev/null >/dev/null 2>&1 &' 'pkill -f "sleep 991"'
check "a gateway can be cut off" "$lab" --name "$one" cut tgw
check "a gateway that is cut off is unreachable" meets unreachable op 198.51.100.20 22
check "a cut is healed" "$lab" --name "$one" heal
check "a healed gateway is reachable" meets open op 198.51.100.20 22
check "the WAN can be shaped" "$lab" --name "$one" shape 200mbit
check "the WAN's shape can be taken off" "$lab" --name "$one" shape off

check "a second lab comes up beside the first" "$lab" --name "$two" up
check "both labs stand" both_are_up
check "the first still serves its clients" writes_a_row
check "a lab that is up does not come up again" bash -c "! $lab --name $two up"
pids_of "$two" >"$work/pids"
check "the second has processes to leave" [ -s "$work/pids" ]
check "the second goes down" "$lab" --name "$two" down
check "the second left nothing" left_nothing "$two"
check "the first stands without the second" "$lab" --name "$one" status
check "a client still writes in the first" writes_a_row

pids_of "$one" >"$work/pids"
started=${EPOCHREALTIME/./}
check "the first goes down" "$lab" --name "$one" down
echo "# down took $(((${EPOCHREALTIME/./} - started) / 1000)) ms"
check "the first left nothing" left_nothing "$one"
check "going down twice is no error" "$lab" --name "$one" down
check "an up that fails cleans up after itself" \
    bash -c "! ECE_LAB_DISK=nonsense $lab --name $two up"
check "a failed up left nothing" left_nothing "$two"

echo "# $count checks, $failed failed"
[ $failed = 0 ]
