#!/bin/bash
# The usual runbook, last part: the cutover, one fresh psql or ssh for each command. $1 says where
# the person sits: 'app', the best place there is, with the proxy at hand and both databases in
# reach of psql; or 'op', the operator's host, from where everything is an ssh away.
# Prints when it began and ended, in ms since 1970, for whoever reads the clients' ledger.
# shellcheck disable=SC2029  # what is put together here is what a person would type
set -euo pipefail
place=$1
configuration=/etc/pgbouncer/pgbouncer.ini
move='s/^orders = host=10.10.0.10 /orders = host=10.20.0.10 /'
cd /

case $place in
app)
    console() { runuser -u postgres -- psql -h /var/run/postgresql -p 6432 -U pgbouncer pgbouncer -qc "$1"; }
    source_query() { psql -Atqd 'host=10.10.0.10 dbname=postgres user=ece_admin' -c "$1"; }
    target_query() { psql -Atqd 'host=10.20.0.10 dbname=postgres user=ece_admin' -c "$1"; }
    edit() { sed -i "$move" $configuration; }
    target_ssh=10.20.0.10
    ;;
op)
    console() { ssh app "cd / && runuser -u postgres -- psql -h /var/run/postgresql -p 6432 -U pgbouncer pgbouncer -qc '$1'"; }
    source_query() { ssh sdb "cd / && runuser -u postgres psql -- -Atqc \"$1\""; }
    target_query() { ssh tdb "cd / && runuser -u postgres psql -- -Atqc \"$1\""; }
    edit() { ssh app "sed -i '$move' $configuration"; }
    target_ssh=tdb
    ;;
esac

since=$((${EPOCHREALTIME/./} / 1000))
console 'PAUSE orders'

# No new writes at the source, and nobody left who writes.
source_query "ALTER SYSTEM SET default_transaction_read_only = on" >/dev/null
source_query "SELECT pg_reload_conf()" >/dev/null
source_query "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = 'orders' AND pid <> pg_backend_pid()" >/dev/null

final=$(source_query "SELECT pg_current_wal_lsn()")
while [ "$(target_query "SELECT pg_last_wal_replay_lsn() >= '$final'")" != t ]; do
    sleep 1
done
ssh "$target_ssh" pg_ctlcluster 15 main promote

edit
console RELOAD
console 'RESUME orders'
until=$((${EPOCHREALTIME/./} / 1000))
echo "$since $until"
