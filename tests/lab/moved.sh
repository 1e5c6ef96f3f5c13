# shellcheck shell=bash
# How the world must be when a migration has come to its end, however often its runner died on the
# way. Needs lib.sh, clients that still write, and world_before from before the migration.
# shellcheck disable=SC2034,SC2154  # names of lib.sh

# shellcheck source=scripts/demo/traces.sh
. "$here/../../scripts/demo/traces.sh"

# The configuration of the source, byte for byte, wherever it lies.
source_config() {
    on sdb bash -c 'cd / && find /etc/postgresql /var/lib/postgresql/15/main -maxdepth 4 \
        \( -name "*.conf" -o -name "pg_hba*" -o -name "pg_ident*" \) -exec sha256sum {} + | sort -k 2'
}

# world_seen WHEN: a snapshot of each host, each line with its section in front as traces.sh wants it
world_seen() {
    local host
    snapshots "$1" "${traced_hosts[@]}"
    mkdir -p "$work/$1"
    for host in "${traced_hosts[@]}"; do
        awk '/^== / { section = $2; next } { print section ": " $0 }' "$work/$1.$host" >"$work/$1/$host"
    done
    on app cat /etc/pgbouncer/pgbouncer.ini >"$work/$1/pgbouncer.ini"
}

world_before() {
    state_dir=/root/ece-state # where traces.sh lets the record of the migration be
    world_seen before
    source_config >"$work/config.before"
}

# The test's own writers.
not_a_trace='^app: . (processes: ece-load|files: .* /tmp/[a-z]+\.ledger)'

leaves_no_trace() {
    is "$(traces "$work/before" "$work/after" | grep -vEf <(echo "$not_a_trace"))" ''
}
config_is_as_before() { source_config | diff "$work/config.before" - && [ -s "$work/config.before" ]; }

both_tracks_done() {
    ece status --json
    holds "$work/out" '.state == "done" and ([.tracks[] | .phase == "done"] | all)'
}

# Prints what a TCP connect from HOST to ADDRESS PORT meets: open or closed.
knock() {
    # shellcheck disable=SC2016  # for the bash on the host
    on "$1" timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>/dev/null && echo open || echo closed
}

tunnel_is_gone() {
    is "$(knock tdb "$source_address" 22)" closed && is "$(knock sdb "$target_address" 5432)" closed
}

source_is_down() { ! on sdb pgrep -x postgres; }

# Whoever starts the old source finds a server that takes no write, from nobody.
source_is_read_only() {
    on sdb pg_ctlcluster 15 main start
    local recovering said
    recovering=$(ask_server sdb 'SELECT pg_is_in_recovery()')
    said=$(ask_server sdb 'CREATE TABLE late (a int)')
    on sdb pg_ctlcluster 15 main stop -m fast
    echo "$said"
    is "$recovering" t && [[ $said == *'read-only transaction'* ]]
}

acked_on_target() {
    on app psql -XAtq "$client_dsn" -c 'SELECT count(*) FROM ece_load'
}
clients_write_on() {
    local rows
    rows=$(acked_on_target)
    until_true 10 eval "[ \$(acked_on_target) -gt $rows ]"
}

# The clients write until here; they stop, and all is counted.
check_moved() {
    check "both tracks are done" both_tracks_done
    check "the journal is whole" journal_is_whole
    check "the tunnel is gone" tunnel_is_gone
    check "the clients are served by the target" clients_served_by "$target_address"
    check "and they go on writing there" clients_write_on
    load_stop
    check "no write failed, was lost or stands twice" load_is_whole "$target_address"
    load_note
    world_seen after
    check "the gateways are as they were" same before after sgw tgw
    check "nothing is left on any host that should not be" leaves_no_trace
    check "the source's configuration is byte for byte what it was" config_is_as_before
    check "the old source is down" source_is_down
    check "it can only come up read-only" source_is_read_only
}
