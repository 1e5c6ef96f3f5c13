# What a preflight must know of a host: prints name=value lines. Reads only.
#   $1 directory of the programs   $2 data directory   $3 postgresql.conf, ''   $4 pg_hba.conf, ''   $5 system user
set -u
bindir=$1 data=$2 config=$3 hba=$4 owner=$5
ask() { "$bindir/postgres" -C "$1" -D "${config%/*}" -c "config_file=$config" -c data_directory=/nonexistent 2>/dev/null; }
at=$data
while [ ! -d "$at" ]; do at=$(dirname "$at"); done
echo "cores=$(nproc)"
echo "free=$(($(stat -f -L -c '%a * %S' "$at")))"
echo "fs_type=$(stat -f -L -c %T "$at")"
echo "libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"
echo "version=$("$bindir/postgres" --version 2>/dev/null)"
echo "basebackup=$("$bindir/pg_basebackup" --version 2>/dev/null)"
echo "icu=$(grep -ao 'libicui18n\.so\.[0-9]*' "$bindir/postgres" 2>/dev/null | head -n 1)"
[ ! -d "$data" ] || echo "data_mode=$(stat -c '%a %U' "$data")"
echo "uid=$(id -u)"
id "$owner" >/dev/null 2>&1 && echo "owner=1"
for tool in setsid runuser timeout pgrep sha256sum; do
    command -v $tool >/dev/null || echo "missing=$tool"
done
[ "$(stat -f -c %T /run)" = tmpfs ] && echo "run_tmpfs=1"
[ -n "$config" ] || exit 0
for setting in port ssl hot_standby max_connections max_worker_processes max_wal_senders max_prepared_transactions \
    max_locks_per_transaction shared_preload_libraries listen_addresses; do
    echo "$setting=$(ask $setting)"
done
cert=$(ask ssl_cert_file)
case $cert in /*) ;; *) cert=$data/$cert ;; esac
[ -r "$cert" ] && echo "certificate=1"
[ ! -r "$hba" ] || sed 's/^/hba=/' "$hba"
