# Starts the copy's job so that it outlives this connection, and waits until it has said who it is.
#   $1 the job's script   $2 its directory   ... the rest for the job
set -eu
job=$1
shift
rm -f "$1/job" "$1/status" "$1/log"
setsid sh "$job" "$@" </dev/null >/dev/null 2>&1 &
for _ in $(seq 100); do
    [ ! -s "$1/job" ] || exit 0
    sleep 0.05
done
echo "the job did not start within 5 s" >&2
exit 1
