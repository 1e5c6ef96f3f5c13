# shellcheck shell=sh disable=SC2154
# Begins the lease of one gateway anew. A running flow does not notice.
#include common.sh
#include rules.sh

renew() {
    lock
    read -r deadline 2>/dev/null <"$run/lease" || die "there is no lease: the tunnel is gone"
    [ "$(uptime_s)" -lt "$deadline" ] || die "the lease ran out: the tunnel is removing itself"
    open_lease || die "cannot renew the lease"
}
renew </dev/null
