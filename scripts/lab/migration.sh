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
    printf '    "%s": {"address": "%s", "user": "root", "key": {"file": "/root/.ssh/id_ed25519"},\n' \
        "$1" "$(address_of "$1")"
    [ -z "$jump" ] || printf '      "jump": "%s",\n' "$jump"
    printf '      "host_key": "%s"}' "$(fingerprint_of "$1")"
}

# The id names everything that the migration makes anywhere, so two labs may share it: they never meet.
migration_print() {
    local host hosts=''
    [ -d "$state" ] || die "lab '$name' is down"
    for host in sgw sdb tgw tdb app; do hosts+=${hosts:+,$'\n'}$(migration_host "$host"); done
    cat <<JSON
{
  "\$schema": "docs/migration.schema.json",
  "id": "orders",
  "title": "orders moves from its VPC into the ECE",
  "hosts": {
$hosts
  },
  "network": {
    "source": {"cidr": "10.10.0.0/16", "gateway": "sgw", "wan_address": "203.0.113.10"},
    "target": {"cidr": "10.20.0.0/16", "gateway": "tgw", "wan_address": "198.51.100.20",
      "wan_next_hop": "198.51.100.1"},
    "tunnel": {"driver": "wireguard"}
  },
  "services": [
    {
      "name": "orders",
      "engine": "postgresql",
      "source": {
        "host": "sdb",
        "address": "10.10.0.10",
        "admin": {"user": "ece_admin", "password": {"file": "/root/secrets/source-admin.pw"}},
        "start": ["pg_ctlcluster", "15", "main", "start"],
        "stop": ["pg_ctlcluster", "15", "main", "stop", "-m", "fast"]
      },
      "target": {
        "host": "tdb",
        "address": "10.20.0.10",
        "data_directory": "/var/lib/postgresql/15/main",
        "admin": {"user": "ece_admin", "password": {"file": "/root/secrets/target-admin.pw"}},
        "start": ["pg_ctlcluster", "15", "main", "start"],
        "stop": ["pg_ctlcluster", "15", "main", "stop", "-m", "fast"]
      },
      "traffic": {
        "driver": "pgbouncer",
        "host": "app",
        "database": "orders",
        "address": "10.30.0.10"
      },
      "approvals": 1
    }
  ]
}
JSON
}
