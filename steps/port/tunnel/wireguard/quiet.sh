# shellcheck shell=sh disable=SC2154
# Ends what this gateway sends to a peer that is being removed: its keepalives would make entries in the
# other's connection table after we cleaned it.
#include common.sh
lock
if has_link && owns_link; then
    for key in $(wg_show peers); do wg set "$link" peer "$key" remove </dev/null; done
fi
