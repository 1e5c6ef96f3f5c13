# shellcheck shell=bash
# How a lab comes up, goes down, and tells how it is.
# shellcheck disable=SC2154  # 'state', 'name', 'lab_scripts', 'checkout' are set by lab.sh

# shellcheck source=scripts/lab/network.sh
. "$lab_scripts/network.sh"
# shellcheck source=scripts/lab/seed.sh
. "$lab_scripts/seed.sh"

# command:package, what the lab runs
lab_needs=(ip:iproute2 nft:nftables unshare:util-linux sysctl:procps
    ssh:openssh-client sshd:openssh-server
    openssl:openssl pg_ctlcluster:postgresql-common psql:postgresql-client-15
    pgbouncer:pgbouncer wg:wireguard-tools wireguard-go:wireguard-go)

lab_up() {
    local need missing=()
    for need in "${lab_needs[@]}"; do
        command -v "${need%%:*}" >/dev/null || missing+=("${need##*:}")
    done
    [ -x /usr/lib/postgresql/15/bin/postgres ] || missing+=(postgresql-15)
    [ ${#missing[@]} = 0 ] || die "missing: apt-get install ${missing[*]}"

    mkdir -p "$lab_root"
    chmod 0700 "$lab_root"
    mkdir -m 0700 "$state" 2>/dev/null || die "lab '$name' is up, or half up: 'down' first"
    trap 'lab_failed' EXIT
    trap 'exit 130' INT TERM HUP
    network_up
    seed_all
    local host jobs=()
    for host in "${lab_hosts[@]}"; do host_start "$host"; done
    for host in "${lab_hosts[@]}"; do host_wait "$host"; done
    service_start sdb source &
    jobs+=($!)
    service_start tdb target &
    jobs+=($!)
    service_start app proxy &
    jobs+=($!)
    for job in "${jobs[@]}"; do wait "$job"; done
    trap - EXIT INT TERM HUP
}

lab_failed() {
    trap - EXIT
    echo "lab.sh: lab '$name' did not come up; what its hosts said last:" >&2
    find "$state" -mindepth 2 -maxdepth 2 -name log -size +0 -exec tail -v -n 5 {} + >&2 || true
    lab_down
    exit 1
}

# Starts a host's first process, which makes the host around itself (init.sh).
host_start() {
    local host=$1
    mkdir -p "$state/$host/disk"
    env -i PATH="$lab_path" LANG=C.UTF-8 \
        ECE_LAB_DISK="${ECE_LAB_DISK:-50%}" ECE_LAB_SHARE="$checkout:${ECE_LAB_SHARE:-}" \
        setsid ip netns exec "$(netns_of "$host")" \
        unshare -m -u -i -p -f --kill-child=KILL -- \
        bash "$lab_scripts/init.sh" "$host" "$state/$host" \
        </dev/null >"$state/$host/log" 2>&1 &
    echo $! >"$state/$host/parent"
    # It outlives this shell, which need not report its end.
    disown
}

host_wait() {
    local host=$1 tries
    for ((tries = 0; tries < 400; tries++)); do
        [ ! -s "$state/$host/pid" ] || return 0
        [ -d "/proc/$(cat "$state/$host/parent")" ] || break
        sleep 0.02
    done
    echo "lab.sh: host '$host' did not start" >&2
    return 1
}

service_start() {
    local host=$1 role=$2 script=postgres.sh
    [ "$role" != proxy ] || script=pgbouncer.sh
    host_run "$host" bash -c "$(cat "$lab_scripts/$script")" "lab-$role" "$role" \
        </dev/null >>"$state/$host/log" 2>&1 || {
        echo "lab.sh: '$role' did not start on host '$host'" >&2
        return 1
    }
}

# Works from any state. Killing all that lives in a network namespace ends the host's first
# process too, and with that its PID and mount namespaces, its disk, its daemons.
lab_down() {
    local space netns tries pids
    for space in "${lab_spaces[@]}"; do
        netns=$(netns_of "$space")
        [ -e "/run/netns/$netns" ] || continue
        for ((tries = 0; tries < 250; tries++)); do
            pids=$(ip netns pids "$netns")
            [ -n "$pids" ] || break
            # shellcheck disable=SC2086  # one word a process
            kill -KILL $pids 2>/dev/null || true
            sleep 0.02
        done
        ip netns del "$netns"
    done
    rm -rf --one-file-system "${state:?}"
    rmdir "$lab_root" 2>/dev/null || true
}

# 0: every host lives; 1: there is no lab; 2: something is dead or half made.
lab_status() {
    local host alive=0
    if [ ! -d "$state" ]; then
        echo "lab '$name' is down"
        return 1
    fi
    for host in "${lab_hosts[@]}"; do
        if (host_pid "$host") >/dev/null 2>&1; then
            alive=$((alive + 1))
            printf '%-4s %-14s pid %-7s %s\n' "$host" "$(address_of "$host")" \
                "$(host_pid "$host")" "$(host_daemons "$host")"
        else
            printf '%-4s %-14s dead\n' "$host" "$(address_of "$host")"
        fi
    done
    [ "$alive" = "${#lab_hosts[@]}" ] || return 2
}

host_daemons() {
    host_run "$1" ps -eo comm= | grep -xE 'sshd|postgres|pgbouncer|wireguard-go' | sort -u | xargs
}
