# shellcheck shell=bash
# How fast the data crosses: the program's base backup, beside iperf3, a plain pg_basebackup and
# pgcopydb through the same tunnel, one after the other while the migration stands at its gate.
# Needs common.sh, load.sh, migrate.sh, record.sh, program.sh.
# shellcheck disable=SC2154  # names of these

copy_password=$(openssl rand -hex 16)

# Before the migration begins: a role that may copy, for the tools that we compare with.
copy_grant() {
    on sdb bash -c 'cd /
        echo "host all,replication bench 10.20.0.10/32 scram-sha-256" >>/etc/postgresql/15/main/pg_hba.conf
        pg_ctlcluster 15 main reload
        runuser -u postgres -- psql -XAtqc "CREATE ROLE bench SUPERUSER LOGIN PASSWORD '\'"$copy_password"\''"'
}

copy_source="host=10.10.0.10 user=bench password=$copy_password"

# The tunnel admits one flow only, to the database's port. Connections to port 5201 leave tdb for
# that port from source ports of their own, by which sdb tells them apart and hands them to iperf3.
copy_iperf_path() {
    on sdb nft -f - <<'NFT'
table ip bench {
  chain divert {
    type nat hook prerouting priority -100;
    ip saddr 10.20.0.10 tcp dport 5432 tcp sport 61000-61999 redirect to :5201
  }
}
NFT
    on tdb nft -f - <<'NFT'
table ip bench {
  chain out {
    type nat hook output priority -100;
    ip daddr 10.10.0.10 tcp dport 5201 dnat to 10.10.0.10:5432
  }
  chain renumber {
    type nat hook postrouting priority 100;
    ip daddr 10.10.0.10 tcp dport 5432 ct original proto-dst 5201 snat to 10.20.0.10:61000-61999
  }
}
NFT
    on sdb iperf3 -s -p 5201 -D >/dev/null
}

# MB/s from sdb to tdb, one stream, as replication has it
copy_iperf() {
    on tdb iperf3 -c 10.10.0.10 -p 5201 -R -t 5 -J |
        jq '.end.sum_received.bits_per_second / 8e6'
}

# What is copied: the source's data directory without its log, which is copied as far as it is new.
copy_bytes() { on sdb du -sb --exclude=pg_wal /var/lib/postgresql/15/main | cut -f1; }

# copy_timed COMMAND...: runs it on tdb, prints seconds
copy_timed() {
    local begun
    begun=$(now_ms)
    on tdb env -C / "$@" >/dev/null 2>>"$bench_dir/copy.log"
    awk -v ms="$(($(now_ms) - begun))" 'BEGIN { print ms / 1000 }'
}

copy_plain() {
    copy_timed pg_basebackup -d "$copy_source" -D /var/tmp/plain -X stream -c fast
    on tdb rm -rf /var/tmp/plain
}

copy_pgcopydb() {
    on tdb bash -c 'cd / && pg_createcluster 15 copy --port 5433 -- --no-sync >/dev/null &&
        echo "local all all trust" >/etc/postgresql/15/copy/pg_hba.conf &&
        pg_ctlcluster 15 copy start && createdb -U postgres -p 5433 orders &&
        createuser -U postgres -p 5433 app'
    copy_timed pgcopydb clone --dir /var/tmp/pgcopydb --table-jobs 4 --index-jobs 2 \
        --no-acl --source "$copy_source dbname=orders" \
        --target 'host=/var/run/postgresql port=5433 user=postgres dbname=orders'
    on tdb bash -c 'cd / && pg_dropcluster 15 copy --stop && rm -rf /var/tmp/pgcopydb'
}

# copy_run LINE RUN: LINE is 'full', or a rate as tc(8) writes it
copy_run() {
    local bytes ours iperf plain pgcopydb
    lab_up
    [ "$1" = full ] || lab shape "$1"
    load_fill "$copy_mb"
    copy_grant
    bytes=$(copy_bytes)
    migrate_write
    program_start run "$migrate_file"
    program_reach approve 1800
    ours=$(migrate_seed_seconds)
    copy_iperf_path
    iperf=$(for _ in 1 2 3; do copy_iperf; done | jq -s "$jq_median"' median')
    plain=$(copy_plain)
    pgcopydb=$(copy_pgcopydb)
    jq -nc --arg line "$1" --argjson run "$2" --argjson bytes "$bytes" --argjson ours "$ours" \
        --argjson iperf "$iperf" --argjson plain "$plain" --argjson pgcopydb "$pgcopydb" \
        '($bytes / 1e6) as $mb | {line: $line, run: $run, mb: ($mb | round), iperf_mb_s: $iperf,
            ours_mb_s: ($mb / $ours), plain_mb_s: ($mb / $plain),
            pgcopydb_mb_s: ($mb / $pgcopydb), ours_s: $ours, plain_s: $plain,
            pgcopydb_s: $pgcopydb, times_iperf: ($mb / $ours / $iperf)}' | record copy
    program_kill
    lab_down
}
