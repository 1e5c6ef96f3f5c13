# config.sh FILE: its path without symbolic links, then its text with passwords masked. Changes nothing.
set -eu
path=$(readlink -e -- "$1") || { echo "no file '$1'" >&2; exit 1; }
printf '%s\n' "$path"
sed -E "s/(password *= *)('([^']|'')*'|[^ ]*)/\1*/g" -- "$path"
