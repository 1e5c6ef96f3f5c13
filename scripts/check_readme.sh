#!/bin/sh
# The picture in the README is the one that the program draws from its tables. Usage: check_readme.sh README ECE_MIGRATE
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$2" graph >"$work/drawn"
# shellcheck disable=SC2016  # three backquotes are Markdown's
sed -n '/^```mermaid$/,/^```$/p' "$1" | sed '1d;$d' >"$work/shown"
diff -u "$work/shown" "$work/drawn" || { echo "the README's picture is not the one that 'ece-migrate graph' draws"; exit 1; }
