# shellcheck shell=bash
# Prints what a lab host is like, in a canonical form: whoever compares a host before and after a
# piece of work compares two of these byte by byte. Two snapshots of an idle host are equal, so
# whatever comes and goes by itself is left out: numbers that count, session processes, logs.
# It runs inside the host, in a session of its own, and writes nothing there.
set -uo pipefail
export LC_ALL=C
cd /

section() { echo "== $1"; }

print_links() {
    section links
    # name, kind, MTU, up or down; the kind is the first word of the third part of ip's line.
    ip -d -o link show | tr '\134' '|' | awk -F '|' '{
        split($1, head, ": "); sub(/@.*/, "", head[2]);
        mtu = $1; sub(/.* mtu /, "", mtu); sub(/ .*/, "", mtu);
        flags = ($1 ~ /[<,]UP[,>]/) ? "up" : "down";
        kind = $3; sub(/^ +/, "", kind); sub(/ .*/, "", kind);
        if (kind == "" || kind == "numtxqueues" || kind == "addrgenmode") kind = "-";
        print head[2], kind, mtu, flags
    }' | sort
}

print_network() {
    print_links
    section addresses
    ip -o address show | awk '{ print $2, $3, $4 }' | sort
    section routes
    ip route show table all | sed 's/ *$//' | sort
    section rules
    ip rule show
    section nft
    nft list ruleset |
        sed -E -e 's/packets [0-9]+ bytes [0-9]+/packets N bytes N/' -e 's/ expires [^ ,}]+//g'
    section listeners
    ss -Hltnu | awk '{ print $1, $2, $5 }' | sort
    section sysctl
    sysctl -a 2>/dev/null |
        grep -E '^net\.ipv4\.(ip_forward|conf\.[^ ]+\.(rp_filter|forwarding)) ' | sort
    section conntrack
    # Flows of ssh and of the clients' databases come and go with their sessions.
    if command -v conntrack >/dev/null; then
        conntrack -L 2>/dev/null | grep -vE 'dport=(22|5432|6432) ' | awk '{
            line = $1; seen = 0
            for (i = 2; i <= NF; i++)
                if ($i ~ /^src=/ && seen++ == 1) break
                else if ($i ~ /^(src|dst|dport|type)=/) line = line " " $i
            print line
        }' | sort
    fi
}

# One line a process. The snapshot's own session, ssh sessions and what serves one connection of
# PostgreSQL are left out; a WAL sender or receiver is not: somebody's replication is running.
# A dead process whose parent is outside the host (ppid 0) waits for the machine's init to notice.
print_processes() {
    section processes
    ps -e -o sid=,ppid=,stat=,comm=,args= |
        awk -v own="$$" '$1 != own && !($2 == 0 && $3 ~ /^Z/) {
            $1 = $2 = $3 = ""; print substr($0, 4) }' |
        sed -E -e '/ sshd: [^/]/d' -e 's/^(sshd sshd: \S+ .*\[listener\]).*/\1/' \
            -e '/postgres: .*walsender/s/(walsender \S+).*/\1/' \
            -e '/postgres: .*walreceiver/s/walreceiver.*/walreceiver/' \
            -e '/postgres: .*startup/s/startup.*/startup/' \
            -e '/postgres: .*autovacuum worker/d' \
            -e '/walsender/!{/ postgres: .* (\[local\]|[0-9a-f.:]+\([0-9]+\))/d}' \
            -e 's/ +$//' | sort
}

# type, mode, owner, size, path, target; the size of a directory or a process number means nothing
describe='%y %m %u:%g %s %p -> %l\n'
list_files() {
    find "$@" -xdev -mindepth 1 -printf "$describe" |
        sed -E -e 's/^(d \S+ \S+) [0-9]+ /\1 - /' \
            -e 's/^(f \S+ \S+) [0-9]+ (.*\.(pid|lock) )/\1 - \2/' -e 's/ -> $//' | sort -k 5
}

print_memory_files() {
    section mounts
    awk '{ print $2, $3 }' /proc/self/mounts | sort
    section files
    list_files /run /tmp /root /dev/shm | grep -vE ' /dev/shm/PostgreSQL\.[0-9]+$'
}

# Is the path of the same type, mode and owner as on the machine's root?
same_owner() {
    [ "$(stat -c %f:%u:%g "$1" 2>/dev/null)" = "$(stat -c %f:%u:%g "/.lab/lower$1" 2>/dev/null)" ]
}

# Everything on the host's disk that differs from the machine's root below it. A file that was
# copied up but is the same again is no difference; nor is a directory that was only walked through.
print_disk() {
    section disk
    local upper=/.lab/disk/upper path lower
    (cd "$upper" && find . -mindepth 1 \( -path ./.lab -o -path ./var/log -o -path ./var/cache \
        -o -path './var/lib/postgresql/15/main/*' \) -prune -o -print0) | sort -z |
        while IFS= read -r -d '' path; do
            path=${path#.}
            lower=/.lab/lower$path
            if [ -c "$upper$path" ]; then
                # An overlay says "removed" by a character device.
                [ -e "$path" ] || [ -L "$path" ] || echo "removed $path"
            elif [ -d "$upper$path" ]; then
                same_owner "$path" || stat -c 'directory %a %U:%G %n' "$path"
            elif same_owner "$path" && [ -f "$lower" ] && cmp -s "$path" "$lower"; then
                continue
            elif [ -L "$upper$path" ] || [ ! -f "$upper$path" ]; then
                stat -c '%F %a %U:%G %N' "$path"
            else
                echo "$(stat -c 'file %a %U:%G' "$path") $(sha256sum <"$path" | cut -c1-64) $path"
            fi
        done
}

# The data directory changes by itself; what it is made of, and what somebody may have set, do not.
# Roles, slots and publications are looked up in the running server, where there is one.
print_postgres() {
    local data=/var/lib/postgresql/15/main file
    [ -d "$data" ] || return 0
    section postgresql
    find "$data" "$data/pg_replslot" -maxdepth 1 -mindepth 1 -printf '%y %m %u:%g %p\n' \
        2>/dev/null | sort
    for file in postgresql.auto.conf pg_hba.conf pg_ident.conf; do
        [ ! -e "$data/$file" ] || sha256sum "$data/$file"
    done
    [ -e "$data/postmaster.pid" ] || return 0
    runuser -u postgres -- psql -XAtq -d postgres <<'SQL'
SELECT 'role', rolname, rolsuper, rolreplication, rolcanlogin, rolconnlimit, md5(rolpassword)
  FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 2;
SELECT 'role setting', setrole::regrole, setdatabase, setconfig
  FROM pg_db_role_setting ORDER BY 2, 3;
SELECT 'database', datname, pg_get_userbyid(datdba), datallowconn, datconnlimit, datacl
  FROM pg_database ORDER BY 2;
SELECT 'slot', slot_name, slot_type, database FROM pg_replication_slots ORDER BY 2;
SELECT 'prepared transaction', gid FROM pg_prepared_xacts ORDER BY 2;
SELECT 'setting', name, setting, source FROM pg_settings
 WHERE source NOT IN ('default', 'client', 'session', 'override') ORDER BY 2;
SELECT 'recovery', pg_is_in_recovery();
\connect orders
SELECT 'relation', oid::regclass, relkind, pg_get_userbyid(relowner) FROM pg_class
 WHERE oid >= 16384 AND relkind IN ('r', 'S', 'v', 'm', 'f', 'p') ORDER BY oid::regclass::text;
SELECT 'function', oid::regprocedure FROM pg_proc
 WHERE oid >= 16384 ORDER BY oid::regprocedure::text;
SELECT 'extension', extname FROM pg_extension ORDER BY 2;
SELECT 'publication', pubname FROM pg_publication ORDER BY 2;
SQL
}

print_network
print_processes
print_memory_files
print_disk
print_postgres
