# shellcheck shell=bash
# Runs on a database host as it starts. $1 is 'source': a running PostgreSQL 15 cluster in Debian's
# layout, with the database 'orders'; or 'target': the same configuration, an empty data directory,
# no server. Both have certificates of their own.
set -euo pipefail
cd /
role=$1
etc=/etc/postgresql/15/main
data=/var/lib/postgresql/15/main

cluster_make() {
    # What Debian's packages do by default must not matter: the lab says all that it needs.
    pg_createcluster 15 main --port 5432 --start-conf manual --encoding UTF8 --locale C.UTF-8 \
        -- --data-checksums --no-sync
    mkdir -p "$etc/conf.d"
    cat >"$etc/conf.d/lab.conf" <<'CONFIG'
listen_addresses = '*'
ssl = on
ssl_cert_file = '/etc/ece-lab/server.crt'
ssl_key_file = '/etc/ece-lab/server.key'
password_encryption = 'scram-sha-256'
wal_level = replica
max_wal_senders = 10
max_replication_slots = 10
max_connections = 300
max_prepared_transactions = 5
shared_buffers = 256MB
CONFIG
    chown -R postgres:postgres "$etc/conf.d"
}

hba_write() {
    local peers=("10.30.0.10/32") peer
    [ "$role" != source ] || peers+=("10.10.0.0/16")
    {
        echo "local all postgres peer"
        echo "local all all peer"
        echo "local replication all peer"
        for peer in 127.0.0.1/32 "${peers[@]}"; do echo "host all all $peer scram-sha-256"; done
    } >"$etc/pg_hba.conf"
}

cluster_make
hba_write
if [ "$role" = source ]; then
    pg_ctlcluster 15 main start
    runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 -d postgres -f - </root/roles.sql
    rm /root/roles.sql
else
    find "$data" -mindepth 1 -delete
fi
