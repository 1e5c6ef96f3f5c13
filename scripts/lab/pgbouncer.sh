# shellcheck shell=bash
# Runs on the application host as it starts: PgBouncer, as Debian would run it. Its own user may
# administer it over the Unix socket as 'pgbouncer'; 'proxy_admin' may over TCP, with a password.
set -euo pipefail
mkdir -p /var/log/postgresql
chown postgres:postgres /var/log/postgresql
ulimit -n 4096
cd /
exec runuser -u postgres -- pgbouncer -q -d /etc/pgbouncer/pgbouncer.ini
