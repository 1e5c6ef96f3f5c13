#!/bin/bash
# Holds the engine driver `postgresql` against two real servers in a lab: each check is a sentence. The tunnel is not under test
# here, so the gateways are joined by a wire. Needs root. Usage: engine_check.sh DIRECTORY_OF_ENGINE_DRIVE [check…]
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
drive=$(readlink -f "${1:?directory of engine_drive}")/engine_drive
lab=${ECE_LAB_CHECK_NAME:-enginecheck}
id=orders
role=ece_$id
data=/var/lib/postgresql/15/main
hba=/etc/postgresql/15/main/pg_hba.conf
work=$(mktemp -d)
failed=0
count=0

if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: engine_check.sh makes namespaces and must run as root"
    exit 77
fi

lab() { "$here/../../scripts/lab.sh" --name "$lab" "$@"; }
on() { local host=$1 && shift && lab sh "$host" -- "$@"; }
sql() { on "$1" runuser -u postgres -- env -C / psql -XAtq -v ON_ERROR_STOP=1 -d "${3:-orders}" -c "$2"; }
# One or more words of the driver; its complaint and status are in $work/err and $status.
engine() {
    on op "${trace[@]}" "$drive" /root/migration.json "$@" >"$work/out" 2>"$work/err"
    status=$?
    [ $status = 0 ] || cat "$work/err"
    return $status
}
trace=(env)
value() { sed -n "s/^$1=//p" "$work/out" | tail -n 1; }
seen() {
    engine see || return 1
    local pair
    for pair in "$@"; do
        [ "$(value "${pair%%=*}")" = "${pair#*=}" ] || { echo "${pair%%=*} is $(value "${pair%%=*}")" && return 1; }
    done
}
fails_with() {
    local wanted=$1 text=$2
    shift 2
    engine "$@" >/dev/null && echo "it went well" && return 1
    [ $status = "$wanted" ] || { echo "status $status" && cat "$work/err" && return 1; }
    grep -q -- "$text" "$work/err" || { cat "$work/err" && return 1; }
}
waits_for() {
    local limit=$1 i
    shift
    for ((i = 0; i < limit * 5; i++)); do
        "$@" >"$work/wait" 2>&1 && return 0
        sleep 0.2
    done
    cat "$work/wait"
    return 1
}
check() {
    local what=$1
    shift
    count=$((count + 1))
    if "$@" >"$work/check" 2>&1; then
        echo "ok $count - $what"
    else
        echo "not ok $count - $what"
        sed 's/^/#   /' "$work/check"
        failed=$((failed + 1))
    fi
}

snapshot() { lab snapshot "$1" | grep -vE "^(tcp|udp) |walsender|/tmp/|conntrack" >"$work/$1.$2"; }
unchanged() { snapshot "$1" now && diff "$work/$1.before" "$work/$1.now"; }

wire_gateways() {
    local a=ece-lab-$lab-sgw b=ece-lab-$lab-tgw
    ip link add ece-wire netns "$a" type veth peer name ece-wire netns "$b"
    ip -n "$a" addr add 10.99.0.1/30 dev ece-wire && ip -n "$b" addr add 10.99.0.2/30 dev ece-wire
    ip -n "$a" link set ece-wire up && ip -n "$b" link set ece-wire up
    ip -n "$a" route add 10.20.0.0/16 via 10.99.0.2 && ip -n "$b" route add 10.10.0.0/16 via 10.99.0.1
}

fill() {
    sql sdb "
        CREATE TABLE big AS SELECT g AS id, md5(g::text) AS a, repeat(md5((g * 7)::text), 6) AS b FROM generate_series(1, 700000) g;
        ALTER TABLE big ADD PRIMARY KEY (id);
        CREATE TABLE odd (id serial PRIMARY KEY, j json, x xml, p point, t timestamptz DEFAULT now(), f float8, n numeric);
        INSERT INTO odd (j, x, p, f, n) SELECT '{\"a\": 1}', '<a/>', point(1, 2), random(), random() FROM generate_series(1, 1000);
        CREATE TABLE parts (id int, v text) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        INSERT INTO parts SELECT g, g FROM generate_series(0, 99) g;
        CREATE TABLE \"Odd \"\"name\" (a int);
        CREATE TABLE empty (a json);
        CREATE SEQUENCE down INCREMENT BY -1;
        SELECT nextval('down');
        SELECT lo_from_bytea(4711, 'a large object');
        CREATE ROLE reporting LOGIN PASSWORD 'x';"
}

setup() {
    lab down >/dev/null 2>&1
    ECE_LAB_SHARE=$(dirname "$drive") lab up >"$work/up" 2>&1 || { cat "$work/up" && exit 1; }
    trap 'lab down >/dev/null 2>&1; rm -rf "$work"' EXIT
    wire_gateways
    lab migration | on op sh -c 'cat >/root/migration.json'
    fill >/dev/null
}

### Looking

finds() {
    if engine check && grep -q "^$1 $2 " "$work/out"; then return; fi
    cat "$work/out" && return 1
}
blocks_nothing() { engine check && ! grep '^block' "$work/out"; }

looking() {
    snapshot sdb before
    snapshot tdb before
    check "a sound pair is not blocked" blocks_nothing
    check "looking changes nothing on the source" unchanged sdb
    check "looking changes nothing on the target" unchanged tdb
    check "a dry run is refused its first change" fails_with 16 'dry' dry:grant
    check "and it changed nothing" unchanged sdb
    sql sdb "CREATE UNLOGGED TABLE cache (a int)" >/dev/null
    check "an unlogged table is warned of" finds warn unlogged
    sql sdb "DROP TABLE cache" >/dev/null
    on tdb touch $data/something
    check "data that is not ours blocks" finds block data_directory
    check "and no copy is started over it" fails_with 13 'not ours' copy_start
    on tdb rm $data/something
    on sdb sh -c "echo 'host all all nonsense' >>$hba"
    check "an error in pg_hba.conf blocks" finds block pg_hba
    check "and our lines are not put beside it" fails_with 12 'would be refused by the server: line' grant
    check "the file is as it was" on sdb sh -c "! grep ece_ $hba && tail -n 1 $hba | grep nonsense"
    # shellcheck disable=SC2016  # the last line, for sed
    on sdb sed -i '$d' $hba
    check "what was granted before is taken back" engine revoke
    check "and the target's" engine abandon
    check "nothing is left" unchanged sdb
    on tdb mv $data $data.away
    check "a data directory that is missing blocks" finds block data_owner
    check "and no copy is started" fails_with 4 'does not exist' copy_start
    on tdb mv $data.away $data
    sql sdb "CREATE FUNCTION lost() RETURNS int LANGUAGE c AS '\$libdir/plpgsql', 'plpgsql_call_handler'" >/dev/null
    check "a library that the target has blocks nothing" blocks_nothing
    on sdb cp /usr/lib/postgresql/15/lib/plpgsql.so /usr/lib/postgresql/15/lib/only_here.so
    sql sdb "CREATE OR REPLACE FUNCTION lost() RETURNS int LANGUAGE c AS '\$libdir/only_here', 'plpgsql_call_handler'" >/dev/null
    check "a library that it lacks does" finds block libraries
    sql sdb "DROP FUNCTION lost()" >/dev/null
    on sdb rm /usr/lib/postgresql/15/lib/only_here.so
    on op sh -c 'sed "s/\"user\": \"ece_admin\"/\"user\": \"app\"/" /root/migration.json >/root/other.json'
    check "a wrong password is one clear error" wrong_password
}

wrong_password() {
    on op "$drive" /root/other.json see >"$work/out" 2>"$work/err" && return 1
    cat "$work/err"
    [ "$(wc -l <"$work/err")" = 1 ] && grep -q '^engine_drive: auth: .*28P01' "$work/err"
}

### Access

errors_in_hba() { [ "$(sql "$1" "SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL")" = 0 ]; }
no_password_in() { ! grep -q -- "$password" "$@"; }

access() {
    sql sdb "SELECT pg_create_physical_replication_slot('$role')" >/dev/null
    check "a slot of somebody else's is found" finds block names
    check "and seen" seen source.slot=foreign source.access=absent
    check "and nothing is made beside it" fails_with 13 'not of this migration' grant
    check "nothing at all" seen source.access=absent source.slot=foreign
    check "taking back leaves it" engine revoke
    check "and it is still there" seen source.slot=foreign
    sql sdb "SELECT pg_drop_replication_slot('$role')" >/dev/null
    sql sdb "CREATE ROLE $role" >/dev/null
    check "a role of somebody else's is refused" fails_with 13 'not of this migration' grant
    check "and stays" seen source.access=foreign
    sql sdb "DROP ROLE $role" >/dev/null
    check "what a refused attempt left is taken back" engine revoke
    check "so that the source is as before" unchanged sdb

    trace=(env DRIVE_TRACE=1)
    check "access is granted" engine grant
    cp "$work/err" "$work/trace"
    trace=(env)
    password=$(on sdb sed 's/.*://' "/run/ece-$id/pgpass")
    check "our password never shows in a call" no_password_in "$work/trace"
    on sdb cat /var/log/postgresql/postgresql-15-main.log >"$work/log"
    check "nor in the server's log" no_password_in "$work/log"
    check "the server understands our lines" errors_in_hba sdb
    check "it is all there, and open" seen source.access=present source.slot=present source.fenced=0 target.access=present
    check "granting again changes nothing" engine grant
    check "really" seen source.access=present source.slot=present target.access=present
    on tdb rm -r "/run/ece-$id"
    check "what a reboot of the target forgets is missed" seen target.access=partial
    check "and granted again" engine grant
    check "with the same password" test "$(on tdb sed 's/.*://' "/run/ece-$id/pgpass")" = "$password"
}

### Copy

job_group() { on tdb sh -c "cut -d' ' -f1 /run/ece-$id/copy/job"; }

copying() {
    # Slow enough that the copy is at work when it is killed.
    on sdb tc qdisc add dev eth0 root tbf rate 40mbit burst 64kb latency 200ms
    check "a copy starts" engine copy_start
    check "and is seen at work" seen target.copy=running
    check "starting it again is no second one" engine copy_start
    on tdb kill -9 -- "-$(job_group)"
    on sdb tc qdisc del dev eth0 root
    check "a copy that was killed is broken" seen target.copy=broken
    check "and says why" grep -q 'copy_error=.' "$work/out"
    check "a broken copy is not begun over" fails_with 4 'cleared first' copy_start
    check "it is cleared" engine copy_clear
    check "and gone" seen target.copy=none
    check "clearing nothing is fine" engine copy_clear
    check "another one starts" engine copy_start
    on tdb kill -9 -- "-$(job_group)"
    on tdb rm -r "/run/ece-$id"
    check "a copy whose host was restarted is broken" seen target.copy=broken target.access=partial
    check "and says so" grep -q 'copy_error=.*restarted' "$work/out"
    check "it is cleared all the same" engine copy_clear
    check "access is granted again" engine grant
    on tdb mount -t tmpfs -o size=60m,mode=700,uid=postgres,gid=postgres none $data
    check "a copy onto a small disk starts" engine copy_start
    check "and breaks" waits_for 60 seen target.copy=broken
    check "saying that the disk is full" grep -q 'copy_error=.*No space left' "$work/out"
    check "what it left is cleared" engine copy_clear
    on tdb umount $data
    check "a copy of everything starts" engine copy_start
    check "and is done" waits_for 120 seen target.copy=done
    check "it is done already" engine copy_start
}

### Following

receiver() { on tdb pgrep -f walreceiver; }
settings_on() { sql tdb "SELECT setting FROM pg_settings WHERE name = '$1'"; }

following() {
    on tdb sh -c "echo \"shared_preload_libraries = 'not_there'\" >/etc/postgresql/15/main/conf.d/broken.conf"
    check "a standby that cannot start says why" fails_with 11 'not_there' follow_start
    on tdb rm /etc/postgresql/15/main/conf.d/broken.conf
    on tdb sh -c "echo 'max_connections = 50' >/etc/postgresql/15/main/conf.d/low.conf"
    check "a lower limit is warned of" finds warn max_connections
    check "the copy becomes a standby" engine follow_start
    check "that streams" waits_for 20 seen target.server=standby target.streaming=1 source.slot_active=1
    check "with the source's limit" test "$(settings_on max_connections)" = 300
    check "and catches up" waits_for 20 seen lag_bytes=0 lag_ms=0
    check "doing it again changes nothing" engine follow_start
    check "the limit too" on tdb grep -q 'max_connections = 300' $data/postgresql.auto.conf
    check "a canary flies" engine canary:42
    check "and arrives" waits_for 10 seen target.canary=42
    check "sending it again is fine" engine canary:42
    local first
    first=$(receiver)
    check "a link that hangs is kicked" engine kick
    check "and another receiver streams" waits_for 10 seen target.streaming=1
    check "which is another one" test "$first" != "$(receiver)"
    check "both sides have the same" engine live
    check "as they say" test "$(value equal)" = 1
    link_lost
    slot_let_go
    password_lost
}

link_lost() {
    ip -n "ece-lab-$lab-sgw" link set ece-wire down
    check "a link that is down is noticed within ten seconds" waits_for 12 seen target.streaming=0
    sql sdb "INSERT INTO empty SELECT '1' FROM generate_series(1, 20000)" >/dev/null
    check "and held log and lag are told" lag_grows
    ip -n "ece-lab-$lab-sgw" link set ece-wire up
    ip -n "ece-lab-$lab-sgw" route add 10.20.0.0/16 via 10.99.0.2
    check "when it is back it goes on by itself" waits_for 20 seen target.streaming=1 lag_bytes=0
}

lag_grows() {
    if engine see && [ "$(value lag_bytes)" -gt 500000 ] &&
        [ "$(value source.held_bytes)" -gt 500000 ] && [ "$(value lag_ms)" -gt 0 ]; then return; fi
    cat "$work/out" && return 1
}

slot_let_go() {
    check "the slot is let go" engine slot_drop
    check "and gone, access stays" seen source.slot=absent source.access=present
    check "letting go again is fine" engine slot_drop
    check "a new one is granted" engine grant
    check "and the standby takes it" waits_for 20 seen source.slot=present target.streaming=1
}

password_lost() {
    on sdb rm -r "/run/ece-$id"
    on tdb rm -r "/run/ece-$id"
    check "lost passfiles are missed" seen source.access=partial target.access=partial
    check "and a new password is granted" engine grant kick
    check "which is another one" test "$(on sdb sed 's/.*://' "/run/ece-$id/pgpass")" != "$password"
    check "and the standby has it" waits_for 20 seen target.streaming=1 lag_bytes=0
}

### Back

fence() { on sdb sh -c "echo $1 >$data/$role.fence && kill -HUP \$(head -n 1 $data/postmaster.pid)"; }

back() {
    check "the target lets go" engine abandon
    on tdb rm /etc/postgresql/15/main/conf.d/low.conf
    check "and is as before" unchanged tdb
    check "abandoning nothing is fine" engine abandon
    fence all
    check "a fence that was left closed is seen from outside" waits_for 5 seen source.fenced=1 source.server=primary
    check "the source lets go" engine revoke
    check "and is as before" unchanged sdb
    check "revoking nothing is fine" engine revoke
    check "nothing of ours is seen" seen source.access=absent source.slot=absent target.access=absent target.copy=none

    check "access is granted anew" engine grant
    on sdb sed -i "/^# BEGIN ece-migrate $id/,/^# END ece-migrate $id/d" $hba
    check "a way back that stopped before the role" engine revoke
    check "comes to its end" unchanged sdb
    check "access is granted anew" engine grant
    sql sdb "SELECT pg_drop_replication_slot('$role')" >/dev/null
    sql sdb "DROP SCHEMA $role CASCADE; DROP ROLE $role" postgres >/dev/null
    check "a way back that stopped before the files" engine revoke
    check "does too" unchanged sdb
    check "and the target's" engine abandon
    check "is clean" unchanged tdb
}

### Over

as_role() { on app env PGPASSFILE="/run/ece-$id/pgpass" psql -XAtq -v ON_ERROR_STOP=1 "host=$1 user=$role dbname=orders sslmode=require channel_binding=require" -c "$2"; }
refused() {
    sql "$1" "SELECT 1" >"$work/refused" 2>&1
    grep -q 'pg_hba.conf rejects' "$work/refused"
}

# What the guard does in the pause.
cut_over() {
    as_role 10.10.0.10 "COPY (SELECT 'all') TO '$data/$role.fence'" &&
        as_role 10.10.0.10 "SELECT pg_reload_conf()" && waits_for 5 refused sdb &&
        as_role 10.10.0.10 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> '$role'" &&
        waits_for 10 seen lag_bytes=0 && as_role 10.20.0.10 "SELECT pg_promote()"
}

# A session in each database holds its snapshot until the check ends.
hold_snapshots() {
    local database
    snapshots=''
    for database in orders postgres; do
        { echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot();" && exec sleep 300; } |
            on app env PGPASSFILE="/run/ece-$id/pgpass" psql -XAtq \
                "host=10.20.0.10 user=$role dbname=$database sslmode=require" >"$work/$database" 2>&1 &
        waits_for 5 test -s "$work/$database" || return 1
        snapshots+=${snapshots:+,}$database=$(cat "$work/$database")
    done
}

writes() { sql "$1" "CREATE TABLE probe_$RANDOM (a int)"; }
not() { ! "$@"; }

over() {
    # The source is known by its certificate too.
    on op sed -i '/"host": "sdb"/s|$| "ca_file": "/root/certificates/source.crt",|' /root/migration.json
    check "access is granted once more" engine grant
    check "copied" engine copy_start
    check "done" waits_for 120 seen target.copy=done
    check "followed" engine follow_start
    check "and in step" waits_for 20 seen target.streaming=1 lag_bytes=0
    local config_hash
    config_hash=$(value source.config_hash)
    check "a prepared transaction blocks the cutover" blocked_by_prepared
    check "the cutover is prepared" engine prepare kit "secret:/run/ece-$id/pgpass"
    check "the fence closes and the target is promoted" cut_over
    check "the source is fenced, and our role sees it" seen source.fenced=1 source.server=primary target.server=primary
    check "taking the target away is refused now" fails_with 4 'promoted' abandon
    check "snapshots are held" hold_snapshots
    sql tdb "INSERT INTO odd (f) VALUES (1); SELECT nextval('odd_id_seq'); DELETE FROM big WHERE id < 1000" >/dev/null
    check "every row at the cut is the same, whatever clients wrote since" engine "final:$snapshots"
    check "as it says" test "$(value equal)" = 1
    check "and it looked at them" test "$(value rows)" -ge 701100
    sed 's/^/# /' "$work/out"
    as_role 10.10.0.10 "UPDATE big SET a = 'x' WHERE id = 77777" >/dev/null
    check "one changed value is found" engine "final:$snapshots"
    check "by its table" grep -q 'equal=0' "$work/out"
    check "namely" grep -q 'what=table public.big' "$work/out"
    as_role 10.10.0.10 "UPDATE big SET a = md5('77777') WHERE id = 77777" >/dev/null
    sql tdb "TRUNCATE parts_1" >/dev/null
    check "a table that clients truncated since is a difference" engine "final:$snapshots"
    check "of its own kind" grep -q 'what=table public.parts_1 .*truncated or rewritten' "$work/out"
    sql tdb "DROP TABLE empty" >/dev/null
    check "one that they dropped is, too" engine "final:$snapshots"
    check "in words" grep -q 'what=table public.empty .*was dropped' "$work/out"
    check "a snapshot that is gone is an error" fails_with 12 'snapshot' final:orders=00000003-0000001B-1

    # As if a run had stopped right after the role went.
    sql tdb "DROP SCHEMA $role CASCADE; DROP ROLE $role" postgres >/dev/null
    check "the target is released" engine release
    check "without a trace" seen target.access=absent target.server=primary
    check "in its files" on tdb sh -c "! grep -r ece_ $hba $data/postgresql.auto.conf && ! ls /run/ece-$id $data.ece-$id 2>/dev/null"
    check "or its catalogue" test "$(sql tdb "SELECT count(*) FROM pg_roles WHERE rolname = '$role'")" = 0
    check "releasing again is fine" engine release
    check "it writes" writes tdb

    fence "${role}_open"
    check "an old source that somebody opened is not retired" fails_with 4 'open for writes' retire
    fence all
    waits_for 5 refused sdb
    check "the source retires" engine retire
    check "and is down, without a trace" seen source.server=down source.access=absent source.slot=absent
    check "its configuration is what it was" test "$(value source.config_hash)" = "$config_hash"
    check "retiring again is fine" engine retire
    on sdb pg_ctlcluster 15 main start
    check "when somebody starts it, it can be read" waits_for 20 sql sdb "SELECT 1"
    check "but not written to" not writes sdb
    check "and our role is not in it" test "$(sql sdb "SELECT count(*) FROM pg_roles WHERE rolname = '$role'")" = 0
}

# What would be lost: it is on neither side when its session is gone, and nobody can end it but its owner.
blocked_by_prepared() {
    sql sdb "CREATE TABLE of_two_phases (a int)"
    sql sdb "BEGIN; INSERT INTO of_two_phases VALUES (1); PREPARE TRANSACTION 'left behind'"
    fails_with 4 'left behind' prepare || return 1
    sql sdb "ROLLBACK PREPARED 'left behind'"
    sql sdb "DROP TABLE of_two_phases"
}

setup
for part in "${@:2}"; do $part; done
[ $# -gt 1 ] || { looking && access && copying && following && back && over; }
echo "1..$count"
[ $failed = 0 ]
