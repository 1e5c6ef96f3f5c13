# shellcheck shell=bash
# What the migration left behind: every host's state is printed before and after (lab.sh snapshot),
# and each line that differs must be one that the move is meant to leave. The others are traces.
# Needs common.sh.

traced_hosts=(op sgw sdb tgw tdb app)

# traces_snapshot DIR: each line of a snapshot with its section in front
traces_snapshot() {
    local host
    mkdir -p "$1"
    for host in "${traced_hosts[@]}"; do
        lab snapshot "$host" | awk '/^== / { section = $2; next } { print section ": " $0 }' \
            >"$1/$host"
    done
    on app cat /etc/pgbouncer/pgbouncer.ini >"$1/pgbouncer.ini"
}

# What may differ on a host, as extended regular expressions over "< section: line" (was there) and
# "> section: line" (is there now).
traces_expected() {
    case $1 in
    # The operator's own: the migration file and the record of the migration.
    op)
        cat <<'LINES'
^> files: .* /root/(orders\.json|ece-state(/.*)?)$
^> disk: (directory|file) .* /var/lib/ece-migrate-anchors(/.*)?$
LINES
        ;;
    # The old server is stopped. Its data stays, fenced: a mark on it makes it come up read-only.
    sdb)
        cat <<'LINES'
^< listeners: tcp .*:5432$
^< processes: postgres
^< files: .* /run/postgresql/.*
^< postgresql: (role|role setting|database|setting|recovery|relation|function|extension)\|
^< postgresql: f .*/main/(postmaster\.pid|postmaster\.opts)$
^> postgresql: f .*/main/(standby\.signal)$
LINES
        ;;
    # A server runs where none was; what it is made of is compared with the old one's below.
    tdb)
        cat <<'LINES'
^> listeners: tcp .*:5432$
^> processes: postgres
^> files: .* /run/postgresql/.*
^> postgresql: 
LINES
        ;;
    # One line of the proxy's configuration; the line itself is looked at below.
    app) echo '^[<>] disk: file .* /etc/pgbouncer/pgbouncer\.ini$' ;;
    *) echo '^$' ;;
    esac
}

# traces_of BEFORE AFTER HOST: the lines that nobody expects
traces_of() {
    { diff "$1/$3" "$2/$3" || true; } | grep '^[<>]' | grep -vEf <(traces_expected "$3") || true
}

# The new server must be what the old one was: roles, databases, settings, relations, files.
traces_of_server() {
    diff <(grep '^postgresql: ' "$1/sdb") <(grep '^postgresql: ' "$2/tdb") | grep '^[<>]' || true
}

# The proxy's configuration must differ in the one line that says where 'orders' is.
traces_of_proxy() {
    diff "$1/pgbouncer.ini" "$2/pgbouncer.ini" | grep '^[<>]' |
        grep -vE '^[<>] orders = host=10\.(10|20)\.0\.10 ' || true
}

# traces BEFORE AFTER: every trace with the host that has it; nothing when there is none
traces() {
    local host
    for host in "${traced_hosts[@]}"; do traces_of "$1" "$2" "$host" | sed "s/^/$host: /"; done
    traces_of_server "$1" "$2" | sed 's/^/tdb against sdb: /'
    traces_of_proxy "$1" "$2" | sed 's/^/pgbouncer.ini: /'
}
