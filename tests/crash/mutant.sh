#!/bin/sh
# Makes a copy of a source file with one thing changed by a sed script, for controls that must fail.
# Fails when the script changes nothing, so that a control never runs on the sound program.
# Usage: mutant.sh SOURCE OUTPUT SED-SCRIPT
set -eu
sed -e "$3" "$1" >"$2.new"
if cmp -s "$1" "$2.new"; then
    echo "mutant.sh: the change does not apply to '$1' any more: $3" >&2
    rm -f "$2.new"
    exit 1
fi
mv "$2.new" "$2"
