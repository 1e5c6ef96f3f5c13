#!/bin/bash
# The usual runbook, second part: a streaming standby at the target, by pg_basebackup.
# shellcheck disable=SC2029  # what is put together here is what a person would type
set -euo pipefail
password=$(openssl rand -hex 16)
hba=/etc/postgresql/15/main/pg_hba.conf
data=/var/lib/postgresql/15/main

ssh sdb "cd / && runuser -u postgres psql -- -qc \
    \"CREATE ROLE standby REPLICATION LOGIN PASSWORD '$password'\""
ssh sdb "echo 'host replication standby 10.20.0.10/32 scram-sha-256' >>$hba"
ssh sdb pg_ctlcluster 15 main reload
ssh tdb "cd / && runuser -u postgres -- pg_basebackup -D $data -R -X stream -c fast \
    -d 'host=10.10.0.10 user=standby password=$password'"
ssh tdb pg_ctlcluster 15 main start

for _ in $(seq 100); do
    state=$(ssh sdb "cd / && runuser -u postgres psql -- -Atqc \
        'SELECT state FROM pg_stat_replication'")
    [ "$state" != streaming ] || exit 0
    sleep 0.2
done
echo "the standby does not stream" >&2
exit 1
