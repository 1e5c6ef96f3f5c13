# Where a server lives on this host: prints name=value lines. Reads only.
#   $1 port   $2 data directory, '' when the running server shall tell   $3 system user of the server, ''
# A server that runs on the port is asked by its files; otherwise the configurations that packages know are looked through.
set -u
port=$1 data=$2 owner=$3
bindir='' config='' pid=''

for exe in /proc/[0-9]*/exe; do
    program=$(readlink "$exe" 2>/dev/null) || continue
    program=${program% (deleted)}
    case $program in */postgres) ;; *) continue ;; esac
    dir=$(readlink "${exe%/exe}/cwd" 2>/dev/null) || continue
    [ -r "$dir/postmaster.pid" ] || continue
    this=${exe#/proc/} this=${this%/exe}
    [ "$(sed -n 1p "$dir/postmaster.pid")" = "$this" ] || continue
    [ "$(sed -n 4p "$dir/postmaster.pid")" = "$port" ] || continue
    pid=$this data=$dir
    bindir=${program%/*}
    config=$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n 's/^\(--\)\{0,1\}config[_-]file=//p' | tail -n 1)
    [ -n "$config" ] || config=$data/postgresql.conf
    break
done

# The programs that belong to a configuration: Debian's path bears the version.
programs_of() {
    case $1 in
    /etc/postgresql/*) echo "/usr/lib/postgresql/$(echo "$1" | cut -d/ -f4)/bin" ;;
    *) if [ -r "${1%/*}/PG_VERSION" ]; then
        v=$(cat "${1%/*}/PG_VERSION")
        for d in "/usr/lib/postgresql/$v/bin" "/usr/pgsql-$v/bin" /usr/local/pgsql/bin /usr/bin; do
            [ -x "$d/postgres" ] && echo "$d" && break
        done
    fi ;;
    esac
}
ask() { "$bindir/postgres" -C "$1" -D "${config%/*}" -c "config_file=$config" 2>/dev/null; }

if [ -z "$pid" ]; then
    for config in ${data:+"$data/postgresql.conf"} /etc/postgresql/*/*/postgresql.conf /var/lib/pgsql/*/data/postgresql.conf \
        /var/lib/pgsql/data/postgresql.conf; do
        [ -r "$config" ] || { config=''; continue; }
        bindir=$(programs_of "$config")
        [ -n "$bindir" ] || { config=''; continue; }
        [ -x "$bindir/postgres" ] || { config=''; continue; }
        if [ -n "$data" ]; then
            [ "$(readlink -m "$(ask data_directory)")" = "$(readlink -m "$data")" ] && break
        else
            [ "$(ask port)" = "$port" ] && data=$(ask data_directory) && break
        fi
        config=''
    done
    [ -n "$config" ] || bindir=''
    if [ -z "$bindir" ]; then
        for d in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /usr/bin; do
            [ -x "$d/postgres" ] && bindir=$d
        done
    fi
fi
[ -n "$owner" ] || { [ -n "$data" ] && [ -d "$data" ] && owner=$(stat -c %U "$data"); }
[ -n "$owner" ] || owner=postgres

echo "bindir=$bindir"
echo "data_directory=$data"
echo "owner=$owner"
echo "group=$(id -gn "$owner" 2>/dev/null)"
[ -n "$config" ] || exit 0
echo "config_file=$config"
hba=$(ask hba_file)
echo "hba_file=$(readlink -m "${hba:-${config%/*}/pg_hba.conf}")"
ident=$(ask ident_file)
echo "ident_file=$(readlink -m "${ident:-${config%/*}/pg_ident.conf}")"
