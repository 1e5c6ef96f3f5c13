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

# naive_run PLACE CLIENTS NUMBER: PLACE is where the person sits, see naive_cutover.sh
naive_run() {
    local place=$1 clients=$2 run=$3 window
    lab_up
    load_fill "$bench_mb"
    naive_seat
    naive_step op tunnel
    naive_step op standby
    load_start "naive-$clients-$run" --clients "$clients" --rate "$(load_rate "$clients")"
    sleep 2
    window=$(naive_step "$place" cutover "$place")
    sleep 1
    load_stop
    # shellcheck disable=SC2086  # two numbers
    load_verify $window | jq -c --argjson clients "$clients" --argjson run "$run" --arg window "$window" \
        --arg place "$place" '{clients: $clients, run: $run, place: $place,
          stall_max_ms, stall_window_max_ms, cutover_ms: ($window | split(" ") | map(tonumber) | .[1] - .[0]),
          acked, failed, lost, duplicated}' | record naive
    lab_down
}
