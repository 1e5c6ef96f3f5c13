# shellcheck shell=bash
# What stands before the migration begins: the packages, the program, the lab with data in it, and
# clients that write. Needs common.sh, load.sh, migrate.sh, talk.sh, traces.sh.
# shellcheck disable=SC2154  # options of demo.sh and names of common.sh

# Every lab host's disk is kept in memory: the data twice, and the write-ahead log of loading it.
stage_memory() {
    local have need=$((mb * 4 + 1024))
    have=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
    [ "$have" -ge "$need" ] || {
        echo "the lab keeps its disks in memory: $mb MB of data want $need MB, $have MB are free" >&2
        exit 2
    }
}

stage_program() {
    local begun
    packages_install "${packages_build[@]}" "${packages_lab[@]}"
    begun=$(now_ms)
    build_release ece-migrate ece-guard ece-load
    say "packages are installed; ece-migrate is built ($(seconds_since "$begun") s)"
}

stage_lab() {
    local begun
    begun=$(now_ms)
    lab_up
    cat <<'PICTURE'
   op (operator) ──┐
                   ├── WAN ──┬── sgw ── sdb: PostgreSQL, 'orders'     source VPC
   app (clients, ──┘         │
        PgBouncer)           └── tgw ── tdb: an empty host            ECE VPC, no internet
PICTURE
    say "the lab '$lab_name' is up ($(seconds_since "$begun") s)"
    begun=$(now_ms)
    load_fill "$mb"
    say "$(stage_size) of tables, indexes and large objects are loaded ($(seconds_since "$begun") s)"
}

stage_size() {
    on sdb env -C / runuser -u postgres -- psql -XAtqd orders \
        -c "SELECT pg_size_pretty(pg_database_size('orders'))"
}

# The snapshots are of a quiet lab: the clients' table is there, the clients are not.
stage_snapshot() {
    load_start rehearsal --clients 1
    load_stop
    load_forget
    traces_snapshot "$work/before"
    migrate_write
}

stage_load() {
    load_start demo --clients "$clients" --rate "$(load_rate "$clients")"
    say "$clients clients write through PgBouncer, about $((clients * $(load_rate "$clients"))) rows a second"
}
