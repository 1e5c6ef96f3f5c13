# host.sh SOCKET CONFIG DIR: what this host is like, as key=value lines. Changes nothing.
set -u
say() { printf '%s=%s\n' "$1" "$2"; }
say machine "$(uname -m)"
libpq=$(find /usr/lib /usr/lib64 /lib /usr/local/lib -name 'libpq.so.5' 2>/dev/null | head -n 1)
say libpq "$libpq"
if [ -S "$1" ]; then say socket_user "$(stat -c %U "$1")"; else say socket_user ''; fi
say state_noexec "$(findmnt -n -o OPTIONS -T "$(dirname "$3")" 2>/dev/null | tr ',' '\n' | grep -cx noexec)"
say run_type "$(findmnt -n -o FSTYPE -T /run 2>/dev/null)"
say free_kb "$(df -Pk "$(dirname "$3")" | awk 'NR == 2 { print $4 }')"
say exists "$([ -e "$3" ] && echo 1 || echo 0)"
say root "$(id -u)"
say config_dir "$([ -w "$(dirname "$(readlink -f "$2")")" ] && echo writable || echo no)"
count=0 version=
for proc in /proc/[0-9]*; do
    [ "$(cat "$proc/comm" 2>/dev/null)" = pgbouncer ] || continue
    count=$((count + 1))
    version=$("$proc/exe" --version 2>/dev/null | awk 'NR == 1 { print $2 }')
done
say processes "$count"
say version "$version"
say end 1
