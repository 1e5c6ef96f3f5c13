# shellcheck shell=bash
# What the orchestrator itself costs: memory, processor while it waits at the gate, and the time of
# 'status' and of the decision to resume. Needs common.sh, migrate.sh, record.sh, program.sh.
# shellcheck disable=SC2154  # names of these

self_wait_s=30

self_memory_kb() { on op grep '^VmHWM:' "/proc/$(program_pid)/status" | tr -cd 0-9; }

# Processor time that the program has used, in ms: fields 14 and 15 of proc(5), in ticks.
self_cpu_ms() {
    on op cat "/proc/$(program_pid)/stat" | awk -v hz="$(getconf CLK_TCK)" \
        '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }'
}

# self_times N COMMAND...: how long the command takes on op, N times, in ms, one a line
self_times() {
    # shellcheck disable=SC2016  # for the bash on op
    on op bash -c '
        for ((i = 0; i < $0; i++)); do
            begun=${EPOCHREALTIME/./}
            "$@" >/dev/null
            echo $((${EPOCHREALTIME/./} - begun))
        done' "$@" | awk '{ print $1 / 1000 }'
}

# The decision to resume: from the start of the program to the first row that it journals.
self_resume_ms() {
    wait_until 10 migrate_rows_since "$(program_began)" || return 1
    migrate_rows_since "$(program_began)" |
        jq -s --argjson began "$(program_began)" '.[0].at_ms - $began'
}

self_run() {
    local cpu begun memory share status resume
    cutover_stage .
    cpu=$(self_cpu_ms) begun=$(now_ms)
    sleep "$self_wait_s"
    share=$(awk -v used="$(self_cpu_ms)" -v before="$cpu" -v ms="$(($(now_ms) - begun))" \
        'BEGIN { print (used - before) * 100 / ms }')
    status=$(self_times 20 "$migrate_program" --state "$migrate_state" status "$migrate_id" | jq -s .)
    memory=$(self_memory_kb)
    program_kill
    program_start resume "$migrate_id"
    sleep 1
    resume=$(self_resume_ms)
    migrate approve "$migrate_id" --as bench >/dev/null
    program_finish
    jq -nc --argjson memory "$memory" --argjson share "$share" --argjson status "$status" \
        --argjson resume "$resume" "$jq_median"'{memory_mb: ($memory / 1024 | round1),
            cpu_percent_waiting: $share, status_ms: ($status | median | round1),
            resume_ms: ($resume | round1)}' | record self
    lab_down
}
