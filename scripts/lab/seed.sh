# shellcheck shell=bash
# The files that make a lab host this host and no other: keys, names, passwords, configuration.
# They are laid out under STATE/HOST/seed and copied into the host as it starts.
# shellcheck disable=SC2154  # 'state' is set by lab.sh

random_password() { openssl rand -hex 16; }

# secret NAME: a password of this lab, made when it is first asked for
secret() {
    mkdir -p "$state/secrets"
    [ -s "$state/secrets/$1" ] || (umask 077 && random_password >"$state/secrets/$1")
    cat "$state/secrets/$1"
}

seed_all() {
    local host
    umask 022
    ssh-keygen -q -t ed25519 -N '' -C "operator@$name" -f "$state/operator_key"
    for host in "${lab_hosts[@]}"; do seed_names "$host"; done
    for host in "${ssh_hosts[@]}"; do seed_sshd "$host"; done
    seed_database sdb
    seed_database tdb
    seed_proxy
    seed_operator
}

seed_names() {
    local etc=$state/$1/seed/etc host
    mkdir -p "$etc"
    echo "$1" >"$etc/hostname"
    # No name server: a lab host knows the lab's hosts and nothing else.
    echo "# none" >"$etc/resolv.conf"
    {
        echo "127.0.0.1 localhost"
        for host in "${lab_hosts[@]}"; do echo "$(address_of "$host") $host"; done
    } >"$etc/hosts"
}

seed_sshd() {
    local seed=$state/$1/seed kind
    mkdir -p "$seed/etc/ssh" "$seed/root/.ssh"
    for kind in ed25519 ecdsa; do
        ssh-keygen -q -t $kind -N '' -C "$1" -f "$seed/etc/ssh/ssh_host_${kind}_key"
    done
    cat >"$seed/etc/ssh/sshd_config" <<'CONFIG'
HostKey /etc/ssh/ssh_host_ed25519_key
HostKey /etc/ssh/ssh_host_ecdsa_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
X11Forwarding no
PrintMotd no
PrintLastLog no
Subsystem sftp /usr/lib/openssh/sftp-server
CONFIG
    cp "$state/operator_key.pub" "$seed/root/.ssh/authorized_keys"
    chmod 0700 "$seed/root" "$seed/root/.ssh"
    chmod 0600 "$seed/root/.ssh/authorized_keys"
}

seed_database() {
    local seed=$state/$1/seed
    mkdir -p "$seed/etc/ece-lab"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj "/CN=$1" -addext "subjectAltName=DNS:$1,IP:$(address_of "$1")" \
        -keyout "$seed/etc/ece-lab/server.key" -out "$seed/etc/ece-lab/server.crt" 2>/dev/null
    chown postgres:postgres "$seed/etc/ece-lab/server.key"
    chmod 0600 "$seed/etc/ece-lab/server.key"
    [ "$1" = sdb ] || return 0
    # Read once by postgres.sh, which removes it.
    (umask 077 && cat >"$seed/root/roles.sql") <<SQL
CREATE ROLE ece_admin SUPERUSER LOGIN PASSWORD '$(secret admin.pw)';
CREATE ROLE app LOGIN PASSWORD '$(secret_scram app)';
CREATE DATABASE orders OWNER app;
SQL
}

# scram_secret PASSWORD: as PostgreSQL keeps it, RFC 5802. A proxy that has the same secret logs in
# with the keys its client proved, and need not work through 4096 rounds at each login.
scram_secret() {
    local salt salted client server
    salt=$(openssl rand -hex 16)
    salted=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "pass:$1" \
        -kdfopt "hexsalt:$salt" -kdfopt iter:4096 PBKDF2 | tr -d ':')
    client=$(printf 'Client Key' | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$salted" -r)
    server=$(printf 'Server Key' | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$salted" -r)
    # shellcheck disable=SC2016  # the dollars are PostgreSQL's
    printf 'SCRAM-SHA-256$4096:%s$%s:%s' "$(hex_base64 "$salt")" \
        "$(hex_base64 "${client%% *}" openssl dgst -sha256 -binary)" "$(hex_base64 "${server%% *}")"
}

# secret_scram NAME: of the password NAME.pw; the same at every call, as it is made once
secret_scram() {
    [ -s "$state/secrets/$1.scram" ] ||
        (umask 077 && scram_secret "$(secret "$1.pw")" >"$state/secrets/$1.scram")
    cat "$state/secrets/$1.scram"
}

# hex_base64 HEX [COMMAND...]: its bytes, as the command turns them, in base64
hex_base64() {
    local hex=${1^^}
    shift
    [ $# -gt 0 ] || set -- cat
    printf %s "$hex" | basenc -d --base16 | "$@" | base64 -w 0
}

seed_proxy() {
    local seed=$state/app/seed
    mkdir -p "$seed/etc/pgbouncer"
    cat >"$seed/etc/pgbouncer/pgbouncer.ini" <<'CONFIG'
[databases]
orders = host=10.10.0.10 port=5432 dbname=orders

[pgbouncer]
listen_addr = 127.0.0.1,10.30.0.10
listen_port = 6432
unix_socket_dir = /var/run/postgresql
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt
admin_users = proxy_admin
pool_mode = transaction
default_pool_size = 80
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
logfile = /var/log/postgresql/pgbouncer.log
pidfile = /var/run/postgresql/pgbouncer.pid
CONFIG
    cat >"$seed/etc/pgbouncer/userlist.txt" <<LIST
"app" "$(secret_scram app)"
"proxy_admin" "$(secret_scram proxy-admin)"
LIST
    chmod 0640 "$seed"/etc/pgbouncer/*
    chown -R postgres:postgres "$seed/etc/pgbouncer"
    install -m 0600 "$state/secrets/app.pw" "$seed/root/app.pw"
    # For the load client, and for people: libpq reads this by itself.
    (umask 077 && echo "*:*:*:app:$(secret app.pw)" >"$seed/root/.pgpass")
}

# ssh's own configuration is for people and for the lab's checks; the program pins keys itself.
seed_operator() {
    local root=$state/op/seed/root host
    mkdir -p "$root/secrets" "$root/certificates"
    chmod 0700 "$root/secrets"
    install -m 0600 "$state/operator_key" "$root/.ssh/id_ed25519"
    install -m 0644 "$state/operator_key.pub" "$root/.ssh/id_ed25519.pub"
    install -m 0600 "$state/secrets/admin.pw" "$root/secrets/source-admin.pw"
    install -m 0600 "$state/secrets/admin.pw" "$root/secrets/target-admin.pw"
    install -m 0600 "$state/secrets/proxy-admin.pw" "$root/secrets/proxy-admin.pw"
    install -m 0644 "$state/sdb/seed/etc/ece-lab/server.crt" "$root/certificates/source.crt"
    install -m 0644 "$state/tdb/seed/etc/ece-lab/server.crt" "$root/certificates/target.crt"
    for host in "${ssh_hosts[@]}"; do
        echo "$host,$(address_of "$host") $(cut -d' ' -f1,2 \
            "$state/$host/seed/etc/ssh/ssh_host_ed25519_key.pub")" >>"$root/.ssh/known_hosts"
        printf 'Host %s\n  HostName %s\n' "$host" "$(address_of "$host")"
        [ -z "$(jump_of "$host")" ] || printf '  ProxyJump %s\n' "$(jump_of "$host")"
    done >"$root/.ssh/config"
    printf 'Host *\n  User root\n  StrictHostKeyChecking yes\n' >>"$root/.ssh/config"
}
