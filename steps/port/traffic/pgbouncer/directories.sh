# directories.sh DIR RUN_DIR: the guard's directory, and the one of its secrets on tmpfs.
set -eu
for dir in "$1" "$2"; do
    if [ -e "$dir" ] && { [ -L "$dir" ] || [ ! -d "$dir" ] || [ "$(stat -c %u "$dir")" != 0 ]; }; then
        echo "'$dir' is there and is not ours" >&2
        exit 1
    fi
    # shellcheck disable=SC2174  # the folders above are the system's own
    mkdir -p -m 0700 "$dir"
    chmod 0700 "$dir"
done
