# Starts or stops a server, by the command that belongs to it or else by pg_ctl as its owner. What holds already succeeds.
#   $1 directory of the programs   $2 data directory   $3 system user   $4 postgresql.conf   $5 start or stop   ... the command
set -eu
bindir=$1 data=$2 owner=$3 config=$4 what=$5
shift 5
cd /
running() {
    pid=$(sed -n 1p "$data/postmaster.pid" 2>/dev/null) || return 1
    case $(readlink "/proc/${pid:-none}/exe" 2>/dev/null) in */postgres | */postgres\ *) return 0 ;; esac
    return 1
}
case $what in
start) ! running || exit 0 ;;
stop) running || exit 0 ;;
esac
# A server keeps the output it was started with: a file that is gone by then, never our connection.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
if [ $# -eq 0 ]; then
    if [ "$what" = start ]; then set -- -o "-c config_file=$config"; else set -- -m fast; fi
    set -- runuser -u "$owner" -- "$bindir/pg_ctl" "$what" -D "$data" -w -t 120 "$@"
fi
status=0
"$@" </dev/null >"$said" 2>&1 || status=$?
tail -n 5 "$said" >&2
[ "$what" = stop ] || exit $status
for _ in $(seq 1200); do
    running || exit 0
    sleep 0.1
done
echo "the server still runs 120 s after its stop command" >&2
exit 1
