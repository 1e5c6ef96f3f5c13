#!/bin/bash
# Bad input and trouble: each ends in one clear message that says what is wrong and what to do, with
# the right exit status, and with the world and the state as they were. Nothing hangs: no call may
# take longer than a minute. Usage: trouble_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
lab_test trouble "$@"

everywhere=(op "${hosts[@]}")

# One sentence from the program about the end, and these words somewhere in what it said.
one_message() {
    cat "$work/out" "$work/err" >"$work/said"
    is "$(grep -c '^ece-migrate: ' "$work/err")" 1 && says "$work/said" "$@"
}

# refused SENTENCE STATUS REGEX…: a run that ends at once
refused() {
    local sentence=$1 wanted=$2
    shift 2
    ece run /root/m.json
    check "$sentence: the run ends with status $wanted" ended_with "$wanted"
    check "$sentence: it is said, and what to do" one_message "$@"
}

# as_before SENTENCE: after the trouble was taken away
as_before() {
    migration_put "$work/m.json"
    snapshots after "${everywhere[@]}"
    check "$1: no host has changed, and there is no state" same before after "${everywhere[@]}"
}

# with_file JQ-FILTER SENTENCE STATUS REGEX…: the migration file itself is the trouble
with_file() {
    local filter=$1
    shift
    jq "$filter" "$work/m.json" >"$work/bad.json"
    migration_put "$work/bad.json"
    refused "$@"
    as_before "$1"
}

# with_host HOST DO UNDO SENTENCE STATUS REGEX…: something on a host is the trouble
with_host() {
    local host=$1 undo=$3
    on "$host" bash -ec "cd / && $2" >/dev/null || note "could not make the trouble"
    shift 3
    refused "$@"
    on "$host" bash -ec "cd / && $undo" >/dev/null || note "could not undo the trouble"
    as_before "$1"
}

sql() { echo "runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -d postgres -c \"$1\""; }

# Another disk over the target's, empty and as it should be.
small_disk() {
    local server=/var/lib/postgresql/15
    echo "mount -t tmpfs -o size=$1,mode=0755 small /var/lib/postgresql
        install -d -o postgres -g postgres -m 0755 $server && install -d -o postgres -g postgres -m 0700 $server/main"
}

lab_up
# A key that nobody lets in.
on op ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/stranger
snapshots before "${everywhere[@]}"

with_file '.network.tunel = .network.tunnel | del(.network.tunnel)' \
    "a typo in the file" 3 "/network/tunel" "m\.json:[0-9]+" "tunnel"
with_file '.hosts.tgw.host_key = "SHA256:b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVybzA"' \
    "a wrong host key" 10 "'tgw'" "host key" "SHA256:b3Ro" "pinned host key"
with_file '.hosts.sgw.key.file = "/root/.ssh/stranger"' \
    "a refused login" 10 "'sgw' refuses user 'root'" "authorized_keys" "check the key"

lab cut tgw
refused "an unreachable gateway" 6 "'tgw'" "check the network path"
lab heal
as_before "an unreachable gateway"

with_host tdb "$(small_disk 64m)" "umount /var/lib/postgresql" \
    "a full disk on the target" 4 "the copy needs .* are free" "larger disk"
with_host sdb "pg_ctlcluster 15 main stop -m fast && touch /var/lib/postgresql/15/main/standby.signal && pg_ctlcluster 15 main start" \
    "pg_ctlcluster 15 main stop -m fast && rm /var/lib/postgresql/15/main/standby.signal && pg_ctlcluster 15 main start" \
    "a source that is a standby" 4 "the source is a standby itself" "name the primary"
with_host tdb "mv /usr/lib/postgresql/15/bin/postgres /usr/lib/postgresql/15/bin/postgres.real && printf '%s\n' '#!/bin/sh' 'case \$* in --version) echo \"postgres (PostgreSQL) 16.4 (Debian 16.4-1)\" ;; *) exec /usr/lib/postgresql/15/bin/postgres.real \"\$@\" ;; esac' >/usr/lib/postgresql/15/bin/postgres && chmod 0755 /usr/lib/postgresql/15/bin/postgres" \
    "mv /usr/lib/postgresql/15/bin/postgres.real /usr/lib/postgresql/15/bin/postgres" \
    "another major version" 4 "only the same major version can follow" "install PostgreSQL 15"
with_host sdb "$(sql "SELECT pg_create_physical_replication_slot('ece_orders')")" \
    "$(sql "SELECT pg_drop_replication_slot('ece_orders')")" \
    "a slot of somebody else's" 4 "slot 'ece_orders' exists and is not ours" "another id"
with_host sdb "$(sql "CREATE ROLE ece_orders")" "$(sql "DROP ROLE ece_orders")" \
    "a role of somebody else's" 4 "role 'ece_orders' exists and is not ours" "another id"
with_host app "sed -i 's/^pool_mode = .*/pool_mode = session/' /etc/pgbouncer/pgbouncer.ini && pkill -HUP -x pgbouncer" \
    "sed -i 's/^pool_mode = .*/pool_mode = transaction/' /etc/pgbouncer/pgbouncer.ini && pkill -HUP -x pgbouncer" \
    "a proxy that pools by session" 4 "pooled by session" "pool_mode = transaction"

# --- the state: begun and killed at once, then damaged -------------------------------------------

state_dir=/root/state
state_sum() { on op bash -c "cd $state_dir && sha256sum ./* && stat -c '%n %a' . ./*"; }

# state_refused DO UNDO SENTENCE REGEX…
state_refused() {
    local undo=$2 before sentence=$3
    on op bash -ec "cd $state_dir && $1" || note "could not make the trouble"
    shift 3
    before=$(state_sum)
    for command in resume status "run /root/m.json"; do
        # shellcheck disable=SC2086  # words
        ece $command
        check "$sentence: ${command%% *} ends with status 8" ended_with 8
        check "$sentence: ${command%% *} says it, and what to do" one_message "$@"
    done
    check "$sentence: the state is as it was" is "$(state_sum)" "$before"
    on op bash -ec "cd $state_dir && $undo" || note "could not undo the trouble"
}

check "a run is killed before it touches anything" \
    ece_killed_at tunnel-up.snapshot.before-intent run /root/m.json
state_refused "chmod 0755 ." "chmod 0700 ." "a state directory that others may read" "0700" "chmod"
state_refused "chmod 0644 state.db" "chmod 0600 state.db" "a state file that others may read" "0600" "chmod"
state_refused "cp -p state.db whole && dd if=/dev/zero of=state.db bs=64 seek=80 count=200 conv=notrunc status=none" \
    "mv whole state.db" "a damaged state file" "damaged|malformed|not whole" "backup"
state_refused "cp -p state.db whole && truncate -s 100 state.db" \
    "mv whole state.db" "a state file that was cut" "cut" "backup"
note "SKIPPED: a state directory on a network file system, for there is none to mount here"
check "the state that was mended is good" journal_is_whole

# --- the disk that was large enough is not any more ----------------------------------------------

on tdb bash -ec "$(small_disk 3g)"
check "resume is killed before the copy begins" ece_killed_at seed.copy.before-intent resume
on tdb mount -o remount,size=16m /var/lib/postgresql
ece resume
check "a disk that fills while it is copied to: resume ends with status 5" ended_with 5
check "a disk that fills while it is copied to: it is said, and what to do" one_message \
    "the disk on 'tdb' is full: .*No space left on device" "make room there" "ece-migrate resume"
ece abort
check "and the migration can be taken back" ended_with 0
on tdb umount /var/lib/postgresql
snapshots after
check "no host has changed in all this" same before after
lab_end
