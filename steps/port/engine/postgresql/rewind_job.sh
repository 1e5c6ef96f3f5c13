# The rewind's job: takes the old source's data to where the new primary's history left it. It says who it is, keeps the old source's
# own files aside, rewinds, puts them back, and says how that ended. Begun again after a kill, it goes on from what it kept.
#   $1 its directory   $2 directory of the programs   $3 data directory   $4 system user   $5 marker
#   $6 where its own files are kept   $7 how to reach the new primary (no password: that is in the passfile it names); '' only puts
#   back what an interrupted rewind kept
dir=$1 bindir=$2 data=$3 owner=$4 marker=$5 kept=$6 link=$7
umask 077
cd /

# What lies in a data directory and is no content of the databases: configuration, certificates, logs, our fence. A rewind would
# replace it by the new primary's, or remove it.
own() {
    find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | grep -vxE 'base|global|PG_VERSION|backup_label|tablespace_map|backup_manifest|postmaster\.(pid|opts)|(standby|recovery)\.signal|pg_(commit_ts|dynshmem|logical|multixact|notify|replslot|serial|snapshots|stat|stat_tmp|subtrans|tblspc|twophase|wal|xact)'
}

keep() {
    [ ! -d "$kept" ] || return 0
    rm -rf "$kept.new"
    mkdir "$kept.new" || return 1
    own "$data" | while IFS= read -r name; do cp -a -- "$data/$name" "$kept.new/$name" || exit 1; done || return 1
    sync "$kept.new"
    mv "$kept.new" "$kept" && sync "${kept%/*}"
}

put_back() {
    own "$data" | while IFS= read -r name; do rm -rf -- "${data:?}/$name" || exit 1; done || return 1
    find "$kept" -mindepth 1 -maxdepth 1 -printf '%f\n' | while IFS= read -r name; do
        cp -a -- "$kept/$name" "$data/$name" || exit 1
    done || return 1
    sync -f "$data"
}

rewind() {
    runuser -u "$owner" -- "$bindir/pg_rewind" --source-server="$link" -D "$data" --no-ensure-shutdown
}

if [ -z "$link" ]; then
    [ -d "$kept" ] || exit 0
    put_back && rm -rf "$kept"
    exit
fi
exec >"$dir/log" 2>&1
echo "$$ $(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)" >"$dir/job.new"
mv "$dir/job.new" "$dir/job"
keep && rewind && put_back
status=$?
if [ $status -eq 0 ]; then
    echo 'done' >"$marker.new"
    sync "$marker.new"
    mv "$marker.new" "$marker"
    sync "${marker%/*}"
    rm -rf "$kept"
fi
echo $status >"$dir/status.new"
mv "$dir/status.new" "$dir/status"
