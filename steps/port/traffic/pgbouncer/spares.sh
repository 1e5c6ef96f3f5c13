# spares.sh LIVE SOURCE TARGET: a copy of the live configuration, and the live one's mode, owner and labels for the new one.
set -eu
cp --preserve=all -- "$1" "$2.new"
mv -f -- "$2.new" "$2"
cp --attributes-only --preserve=mode,ownership,xattr -- "$1" "$3"
