# shellcheck shell=bash
# A small world for the guard's checks, on this machine alone: two PostgreSQL clusters, one the standby of the other, and a real PgBouncer before
# them, all in one temporary directory. Sourced by guard_check.sh and guard_bench.sh. Needs root (servers run as 'postgres') and no lab.
#
#   world_up            both clusters, the proxy, the roles; A is the primary
#   world_follow        the side that lost becomes a fresh standby of the one that serves
#   world_plan [line…]  the guard's directory for the next attempt, with these lines added to its plan
#   world_down          everything gone
pgbin=$(pg_config --bindir 2>/dev/null || true)
[ -x "$pgbin/initdb" ] || pgbin=/usr/lib/postgresql/15/bin
world=$(mktemp -d /tmp/gd-world-XXXXXX)
base_port=${GUARD_PORT:-$((23000 + $$ % 2000 * 3))} # two worlds may stand side by side
port_a=$base_port port_b=$((base_port + 1)) port_proxy=$((base_port + 2))
source_side=a
attempt=0
id=gd$$
dir=$world/guard

as_postgres() { runuser -u postgres -- "$@"; }
side_port() { if [ "$1" = a ]; then echo "$port_a"; else echo "$port_b"; fi; }
other_side() { if [ "$1" = a ]; then echo b; else echo a; fi; }
sql() { # SIDE SQL
    as_postgres psql -X -q -A -t -h "$world" -p "$(side_port "$1")" -d "${3:-orders}" -c "$2"
}
console() { as_postgres psql -X -q -A -t -h "$world" -p "$port_proxy" -U pgbouncer -d pgbouncer -c "$1"; }

hba() { # the engine's lines first, then what the customer has
    cat <<HBA
local all $id trust
host all $id 127.0.0.1/32 scram-sha-256
host replication $id 127.0.0.1/32 scram-sha-256
local all @ece_fence reject
host all @ece_fence all reject
local all all trust
host all all 127.0.0.1/32 scram-sha-256
HBA
}

configure() { # SIDE
    local data=$world/$1
    cat >"$data/postgresql.auto.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$world'
port = $(side_port "$1")
max_connections = 200
max_prepared_transactions = 5
shared_buffers = 64MB
min_wal_size = 256MB
wal_init_zero = off
logging_collector = on
log_directory = '$world'
log_filename = 'log.$1'
hot_standby = on
CONF
    hba >"$data/pg_hba.conf"
    echo "ece_${id}_open" >"$data/ece_fence"
    chown postgres:postgres "$data"/{postgresql.auto.conf,pg_hba.conf,ece_fence}
}

start() { as_postgres "$pgbin/pg_ctl" -s -w -D "$world/$1" -l "$world/start.$1" start; }
stop() { as_postgres "$pgbin/pg_ctl" -s -D "$world/$1" -m immediate stop 2>/dev/null || true; }

proxy_config() { # SIDE
    cat <<INI
; the proxy of the guard's checks
[databases]
other = host=127.0.0.1 port=$port_a dbname=postgres
orders = host=127.0.0.1 port=$(side_port "$1") dbname=orders ${proxy_entry:-}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port_proxy
unix_socket_dir = $world
auth_type = scram-sha-256
auth_file = $world/users
pool_mode = transaction
max_client_conn = 400
default_pool_size = ${pool_size:-20}
logfile = $world/log.proxy
pidfile = $world/proxy.pid
ignore_startup_parameters = extra_float_digits
server_idle_timeout = 2
${proxy_settings:-}
INI
}

# As the servers have them; with proxy_passwords=clear each login to a server costs the proxy the
# 4096 rounds of SCRAM, which makes every race of logins easier to hit.
proxy_users() {
    if [ "${proxy_passwords:-}" = clear ]; then
        printf '"app" "apppw"\n"app2" "apppw"\n'
    else
        sql "$source_side" "SELECT format('\"%s\" \"%s\"', rolname, rolpassword) FROM pg_authid
            WHERE rolname IN ('app', 'app2')" postgres
    fi
}

proxy_start() {
    proxy_config "$source_side" >"$world/proxy.ini"
    proxy_users >"$world/users"
    chown postgres:postgres "$world"/{proxy.ini,users}
    chmod 0640 "$world/proxy.ini"
    as_postgres pgbouncer -q -d "$world/proxy.ini"
}
proxy_stop() { [ ! -s "$world/proxy.pid" ] || kill -9 "$(cat "$world/proxy.pid")" 2>/dev/null || true; rm -f "$world/proxy.pid"; }

world_up() {
    chmod 0755 "$world"
    chown postgres:postgres "$world"
    as_postgres "$pgbin/initdb" -D "$world/a" -A trust -N >/dev/null
    configure a
    start a
    as_postgres psql -X -q -h "$world" -p "$port_a" -d postgres <<SQL
CREATE ROLE $id SUPERUSER REPLICATION LOGIN PASSWORD 'guardpw';
CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'adminpw';
CREATE ROLE app LOGIN PASSWORD 'apppw';
CREATE ROLE app2 LOGIN PASSWORD 'apppw';
CREATE DATABASE orders OWNER app;
SQL
    printf '127.0.0.1:*:*:%s:guardpw\n127.0.0.1:*:*:app:apppw\n127.0.0.1:*:*:app2:apppw\n' "$id" >"$world/pass"
    chmod 0600 "$world/pass"
    install -m 0600 -o postgres "$world/pass" "$world/pass.postgres"
    world_follow
    proxy_start
}

world_follow() {
    local standby
    standby=$(other_side "$source_side")
    stop "$standby"
    rm -rf "${world:?}/$standby"
    echo "ece_${id}_open" >"$world/$source_side/ece_fence"
    sql "$source_side" "SELECT pg_reload_conf()" postgres >/dev/null
    PGPASSFILE=$world/pass.postgres as_postgres "$pgbin/pg_basebackup" -D "$world/$standby" -R -X stream -c fast \
        -d "host=127.0.0.1 port=$(side_port "$source_side") user=$id passfile=$world/pass.postgres"
    local conninfo
    conninfo=$(grep primary_conninfo "$world/$standby/postgresql.auto.conf" | tail -n 1)
    configure "$standby"
    echo "$conninfo" >>"$world/$standby/postgresql.auto.conf"
    start "$standby"
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        [ "$(sql "$source_side" "SELECT count(*) FROM pg_stat_replication WHERE state='streaming'" postgres)" != 1 ] || return 0
        sleep 0.05
    done
    echo "the standby does not follow" >&2
    return 1
}

world_plan() {
    local target line
    target=$(other_side "$source_side")
    mkdir -p "$dir" "/run/ece-$id"
    chmod 0700 "$dir" "/run/ece-$id"
    attempt=$((attempt + 1))
    install -m 0600 "$world/pass" "/run/ece-$id/pgpass"
    cp -p "$world/proxy.ini" "$world/proxy.ini.source"
    cp -p "$world/proxy.ini" "$world/proxy.ini.target"
    proxy_config "$target" >"$world/proxy.ini.target"
    cat >"$dir/plan" <<PLAN
id=$id
max_stall_ms=${max_stall_ms:-300}
guard_ms=${guard_ms:-200}
engine=postgresql
source=host=127.0.0.1 port=$(side_port "$source_side") user=$id dbname=postgres passfile=/run/ece-$id/pgpass
target=host=127.0.0.1 port=$(side_port "$target") user=$id dbname=postgres passfile=/run/ece-$id/pgpass
trial=host=127.0.0.1 port=$(side_port "$source_side") user=admin dbname=postgres
fence_file=$world/$source_side/ece_fence
fence_closed=all
fence_open=ece_${id}_open
databases=orders postgres
traffic=pgbouncer
console=host=$world port=$port_proxy user=pgbouncer dbname=pgbouncer
console_user=postgres
database=orders
config=$world/proxy.ini
config_source=$world/proxy.ini.source
config_target=$world/proxy.ini.target
PLAN
    for line in "$@"; do echo "$line" >>"$dir/plan"; done
}

world_down() {
    proxy_stop
    stop a
    stop b
    rm -rf "$world" "/run/ece-$id"
}
