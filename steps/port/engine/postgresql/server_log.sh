# The last complaint in a server's log, in one line.   $1 data directory
data=$1
cd "$data" || exit 0
log=''
[ ! -r current_logfiles ] || log=$(sed -n 's/^stderr //p' current_logfiles)
# shellcheck disable=SC2012  # by time, which find cannot
[ -n "$log" ] || log=$(ls -t /var/log/postgresql/*.log 2>/dev/null | head -n 1)
[ -r "$log" ] || exit 0
tail -n 200 "$log" | grep -E '(FATAL|PANIC|ERROR|HINT):' | tail -n 3 | tr '\n' ' '
