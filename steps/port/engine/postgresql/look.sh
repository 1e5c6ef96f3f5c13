# How a server and what is ours on its host stand now: prints name=value lines; a repeated name is one line of a text. Reads only.
#   $1 data directory   $2 fence file   $3 marker   $4 passfile   $5 copy directory   $6 slot
#   $7 first and $8 last line of our blocks   $9 pg_hba.conf   then postgresql.conf and pg_ident.conf
set -u
data=$1 fence=$2 marker=$3 passfile=$4 copy=$5 slot=$6 begin=$7 end=$8 hba=$9
auto=$data/postgresql.auto.conf
shift 8

said() { [ ! -e "$2" ] || echo "$1=1"; }
# sed keeps a missing last newline missing; a mark may have got a CR from somebody's editor.
range="/^$begin\r\{0,1\}\$/,/^$end\r\{0,1\}\$/"
block() { [ ! -r "$1" ] || sed -n "${range}{/^$begin/d;/^$end/d;p;}" "$1"; }
without() { sed "${range}d" "$1"; }

# The server: a pid file of a process that is gone means down.
pid=$(sed -n 1p "$data/postmaster.pid" 2>/dev/null)
case $(readlink "/proc/${pid:-none}/exe" 2>/dev/null) in
*/postgres)
    echo "pid=$pid"
    echo "status=$(sed -n 8p "$data/postmaster.pid" | tr -d ' ')"
    ;;
esac
if [ ! -d "$data" ]; then echo data=missing
elif [ -z "$(ls -A "$data")" ]; then echo data=empty
else echo data=there; fi
said control "$data/global/pg_control"
said backup_label "$data/backup_label"
said standby_signal "$data/standby.signal"
said slot "$data/pg_replslot/$slot"
said passfile "$passfile"
said directory "${copy%/*}"
said hba_file "$hba"
[ ! -r "$fence" ] || echo "fence=$(head -n 1 "$fence")"
block "$hba" | sed 's/^/hba=/'
block "$auto" | sed 's/^/settings=/'
# The directory may go while we look.
history=$(find "$data/pg_wal" -maxdepth 1 -name '*.history' -printf '%f\n' 2>/dev/null | sort | tail -n 1)
history=${history%.history}
[ -z "$history" ] || echo "history=$history"
# shellcheck disable=SC2004  # what stat prints is a product, which the shell works out
free=$(stat -f -L -c '%a * %S' "$data/pg_wal" 2>/dev/null) && echo "wal_free=$(($free))"

# The copy: its job is known by its process and the moment that it started, never by a number alone.
[ ! -r "$marker" ] || echo "marker=$(head -n 1 "$marker")"
if read -r job since 2>/dev/null <"$copy/job"; then
    now=$(sed 's/.*) //' "/proc/$job/stat" 2>/dev/null | cut -d' ' -f20)
    [ "$now" != "$since" ] || echo "copy_job=$job"
fi
[ ! -r "$copy/status" ] || echo "copy_status=$(head -n 1 "$copy/status")"
if [ -r "$copy/log" ]; then
    line=$(grep -i 'error' "$copy/log" | tail -n 1)
    echo "copy_log=${line:-$(tail -n 1 "$copy/log")}"
fi

# What the configuration would be without us. A directory that holds nothing but configuration counts as a whole.
etc=${2%/*}
{
    [ -z "$etc" ] || [ "$etc" = "$data" ] || find "$etc" -type f
    printf '%s\n' "$@" "$auto"
} | sort -u | while read -r file; do
    [ ! -r "$file" ] || printf '%s %s\n' "$(without "$file" | sha256sum | cut -d' ' -f1)" "$file"
done | sha256sum | sed 's/^/config_hash=/; s/ .*//'
