# The copy's job. It says who it is, copies, and says how that ended; a copy that is whole is marked on the disk.
#   $1 its directory   $2 directory of the programs   $3 data directory   $4 system user   $5 marker
#   $6 slot   $7 compression   $8 how to reach the source (no password: that is in the passfile it names)
dir=$1 bindir=$2 data=$3 owner=$4 marker=$5 slot=$6 pack=$7 link=$8
umask 077
cd /
exec >"$dir/log" 2>&1
echo "$$ $(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)" >"$dir/job.new"
mv "$dir/job.new" "$dir/job"
runuser -u "$owner" -- "$bindir/pg_basebackup" -d "$link" -D "$data" -Fp -X stream -S "$slot" \
    --checkpoint=fast --no-password --no-manifest --compress="$pack"
status=$?
if [ $status -eq 0 ]; then
    echo "done $(du -sb "$data" | cut -f1)" >"$marker.new"
    sync "$marker.new"
    mv "$marker.new" "$marker"
    sync "${marker%/*}"
fi
echo $status >"$dir/status.new"
mv "$dir/status.new" "$dir/status"
