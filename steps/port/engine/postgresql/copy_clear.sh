# Ends the copy's job and empties the data directory, which stays with its mode and owner; the marker goes last.
#   $1 data directory   $2 marker   $3 the job's directory
set -eu
data=$1 marker=$2 dir=$3
[ -e "$marker" ] || { echo "$marker is missing: the data is not ours" >&2; exit 1; }
# The job by its process and the moment it started; what it left running by its group, whose number cannot be given to others meanwhile.
ours() {
    [ "$(sed 's/.*) //' "/proc/$job/stat" 2>/dev/null | cut -d' ' -f20)" = "$since" ] ||
        pgrep -g "$job" -x pg_basebackup >/dev/null
}
if read -r job since 2>/dev/null <"$dir/job" && ours; then
    kill -TERM -- "-$job" || true
    for _ in $(seq 100); do ours || break; sleep 0.05; done
    ! ours || kill -KILL -- "-$job"
    for _ in $(seq 100); do ours || break; sleep 0.05; done
fi
[ ! -d "$data" ] || find "$data" -mindepth 1 -delete
rm -rf "$dir"
rm -f "$marker" "$marker.new"
