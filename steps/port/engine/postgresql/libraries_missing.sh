# Which of the shared libraries are not here: prints their names.   $1 directory of the programs   ... names as catalogues hold them
bindir=$1
shift
lib=''
for dir in "$("$bindir/pg_config" --pkglibdir 2>/dev/null)" "$bindir/../lib" "$bindir/../lib/postgresql"; do
    [ -z "$lib" ] && [ -n "$dir" ] && [ -e "$dir/plpgsql.so" ] && lib=$dir
done
for name in "$@"; do
    # Quoting keeps a directory's sign as it stands in the catalogue.
    # shellcheck disable=SC2016
    case $name in
    '$libdir/'*) path=$lib/${name#\$libdir/} ;;
    /*) path=$name ;;
    *) path=$lib/$name ;;
    esac
    [ -e "$path" ] || [ -e "$path.so" ] || echo "$name"
done
