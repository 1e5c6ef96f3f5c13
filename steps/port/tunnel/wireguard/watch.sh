# shellcheck shell=sh disable=SC2154
# The lease watcher: stays on the gateway, and when nobody renewed the lease it removes the tunnel.
# It is read whole before it starts to wait, so it works even when its files are gone.
#include remove.sh

lease_runs() {
    read -r deadline 2>/dev/null <"$run/lease" && [ "$(uptime_s)" -lt "$deadline" ]
}

watch() {
    while lease_runs; do sleep 1; done
    exec 9</run
    ! have flock || flock -w 60 9 || true
    # Renewed while we waited for the lock: go on.
    if lease_runs; then
        exec 9<&-
        watch
        return
    fi
    # Silent first: what a gateway still sends would make entries in the other's connection table.
    for key in $(wg_show peers); do wg set "$link" peer "$key" remove; done
    sleep 2
    until (remove); do sleep 5; done
}
# shellcheck disable=SC2034
watching=yes
watch
