# shellcheck shell=bash
# One cutover by the program, in a fresh lab, under load: the migration runs up to its gate, the
# clients start, and 2 s later somebody approves, as in the runbook that it is compared with.
# Needs common.sh, load.sh, migrate.sh, record.sh, program.sh.
# shellcheck disable=SC2154  # names of these

# cutover_stage JQ-FILTER: the lab with data in it, and a migration that stands at its gate
cutover_stage() {
    lab_up
    load_fill "$bench_mb"
    migrate_write "$1"
    program_start run "$migrate_file"
    program_reach approve 120
}

# cutover_go: approves, waits for the end, stops the load a moment later
cutover_go() {
    steal_begin
    sleep 2
    cutover_approved=$(now_ms)
    migrate approve "$migrate_id" --as bench >/dev/null
    program_finish
    cutover_steal=$(steal_percent)
    sleep 1
    load_stop
}

# The window of the cut, "SINCE UNTIL" in ms since 1970: 50 ms more at its end, for the last answers.
cutover_window() {
    migrate_cut | jq -r '"\(.since_ms | floor) \(.until_ms + 50 | ceil)"'
}

# The longest wait in the second before anybody approved: what the machine alone does to the clients.
cutover_quiet() { load_verify $((cutover_approved - 1000)) "$cutover_approved" | jq .stall_window_max_ms; }

# cutover_record MEASURE CLIENTS RUN
cutover_record() {
    local cut quiet
    cut=$(migrate_cut)
    quiet=$(cutover_quiet)
    # shellcheck disable=SC2046  # two numbers
    load_verify $(cutover_window) |
        jq -c --argjson clients "$2" --argjson run "$3" --argjson cut "$cut" \
            --argjson quiet "$quiet" --argjson steal "$cutover_steal" '
            {clients: $clients, run: $run, stall_max_ms, stall_window_max_ms,
             quiet_max_ms: $quiet, steal_percent: $steal,
             hold_ms: $cut.hold_ms, timeline: ($cut.timeline | map({(.phase): .took_us}) | add),
             acked, failed, lost, duplicated, bypass_acked, bypass_lost, bypass_duplicated}' |
        record "$1"
}

# cutover_run CLIENTS RUN
cutover_run() {
    cutover_stage .
    load_start "cutover-$1-$2" --clients "$1" --rate "$(load_rate "$1")"
    cutover_go
    cutover_record cutover "$1" "$2"
    lab_down
}

# bypass_run CLIENTS RUN: four more clients write to the source directly; every second of them
# insists on writing by a setting of its own
bypass_run() {
    cutover_stage .
    load_start "bypass-$1-$2" --clients "$1" --rate "$(load_rate "$1")" \
        --bypass "$source_direct" --bypass-clients 4 --bypass-rw
    cutover_go
    cutover_record bypass "$1" "$2"
    lab_down
}

# growing_run RUN: PgBouncer's pool grows all the time, so that a server connection is just being
# made when the clients are held. That is the login race that freezes a pool for 15 s.
growing_run() {
    cutover_stage .
    load_start "growing-$1" --clients 80 --grow=100 --rate 25 --hold 30
    cutover_go
    cutover_record growing 80 "$1"
    lab_down
}
