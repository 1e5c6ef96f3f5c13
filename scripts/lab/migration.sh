# shellcheck shell=bash
# The migration file of a lab: what a network team would write down for these two VPCs. Secrets
# are named by the operator's files; host keys are pinned by their SHA-256 fingerprints.
# shellcheck disable=SC2154  # 'state' and 'name' are set by lab.sh

fingerprint_of() {
    ssh-keygen -lf "$state/$1/seed/etc/ssh/ssh_host_ed25519_key.pub" | cut -d' ' -f2
}

migration_host() {
    local jump
    jump=$(jump_of "$1")
    printf '    "%s": {\n      "address": "%s",\n' "$1" "$(address_of "$1")"
    printf '      "port": 22,\n      "user": "root",\n'
    printf '      "key_file": "/root/.ssh/id_ed25519",\n'
    [ -z "$jump" ] || printf '      "jump": "%s",\n' "$jump"
    printf '      "host_key": "%s"\n    }' "$(fingerprint_of "$1")"
}

migration_print() {
    local host hosts=''
    [ -d "$state" ] || die "lab '$name' is down"
    for host in sgw sdb tgw tdb app; do hosts+=${hosts:+,$'\n'}$(migration_host "$host"); done
    cat <<JSON
{
  "id": "lab-$name",
  "hosts": {
$hosts
  },
  "source": { "gateway": "sgw", "wan_address": "203.0.113.10", "cidr": "10.10.0.0/16" },
  "target": { "gateway": "tgw", "wan_address": "198.51.100.20", "cidr": "10.20.0.0/16" },
  "services": [
    {
      "name": "orders",
      "engine": "postgresql",
      "version": 15,
      "cluster": "main",
      "source": {
        "host": "sdb",
        "address": "10.10.0.10",
        "port": 5432,
        "database": "orders",
        "admin_user": "ece_admin",
        "admin_password_file": "/root/secrets/source-admin.pw",
        "certificate_file": "/root/certificates/source.crt",
        "data_directory": "/var/lib/postgresql/15/main",
        "config_directory": "/etc/postgresql/15/main"
      },
      "target": {
        "host": "tdb",
        "address": "10.20.0.10",
        "port": 5432,
        "database": "orders",
        "admin_user": "ece_admin",
        "admin_password_file": "/root/secrets/target-admin.pw",
        "certificate_file": "/root/certificates/target.crt",
        "data_directory": "/var/lib/postgresql/15/main",
        "config_directory": "/etc/postgresql/15/main"
      },
      "traffic": {
        "proxy": "pgbouncer",
        "host": "app",
        "config_file": "/etc/pgbouncer/pgbouncer.ini",
        "database": "orders",
        "socket_directory": "/var/run/postgresql",
        "port": 6432,
        "admin_user": "proxy_admin",
        "admin_password_file": "/root/secrets/proxy-admin.pw"
      },
      "max_stall_ms": 2000
    }
  ]
}
JSON
}
