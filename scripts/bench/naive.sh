# shellcheck shell=bash
# One cutover by the usual runbook, in a fresh lab, under load. Needs common.sh, load.sh, record.sh.
# shellcheck disable=SC2154  # names of common.sh

naive_step() {
    local host=$1 step=$2
    shift 2
    on "$host" bash "$scripts/bench/naive_$step.sh" "$@"
}

# A person who sits on 'app' has the administrator's password and a key for the target's host.
naive_seat() {
    # shellcheck disable=SC2016  # for the bash on op
    on op bash -c 'echo "*:*:*:ece_admin:$(cat /root/secrets/source-admin.pw)"' |
        on app bash -c 'cat >>/root/.pgpass'
    on op cat /root/.ssh/id_ed25519 | on app bash -c 'umask 077; cat >/root/.ssh/id_ed25519'
    on op cat /root/.ssh/known_hosts | on app bash -c 'cat >/root/.ssh/known_hosts'
}

# naive_run CLIENTS NUMBER
naive_run() {
    local clients=$1 window
    lab_up
    load_fill "$bench_mb"
    naive_seat
    naive_step op tunnel
    naive_step op standby
    load_start "naive-$clients-$2" --clients "$clients" --rate "$(load_rate "$clients")"
    sleep 2
    window=$(naive_step "$naive_place" cutover "$naive_place")
    sleep 1
    load_stop
    # shellcheck disable=SC2086  # two numbers
    load_verify $window | jq -c --argjson clients "$clients" --argjson run "$2" --arg window "$window" \
        --arg place "$naive_place" '{clients: $clients, run: $run, place: $place, stall_max_ms, stall_window_max_ms,
          cutover_ms: ($window | split(" ") | map(tonumber) | .[1] - .[0]),
          acked, failed, lost, duplicated}' | record naive
    lab_down
}
