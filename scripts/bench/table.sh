# shellcheck shell=bash
# The figures of build/bench as a Markdown table: what was measured, what came out, what was wanted.
# A measure that has no figures yet has no row. Needs common.sh and record.sh.
# shellcheck disable=SC2016,SC2154  # dollars are jq's; names of these

# table_rows MEASURE JQ: rows "| measure | runs | figure | goal |" out of all its runs, as one array
table_rows() {
    [ -s "$bench_dir/$1.jsonl" ] || return 0
    jq -rs "$jq_median"'
        def spread: "\(median | round1) (\(min | round1) to \(max | round1))";
        def sums: "\([.[].failed] | add) failed, \([.[].lost] | add) lost, \([.[].duplicated] | add) doubled";
        def row($what; $figure; $goal): "| \($what) | \(length) | \($figure) | \($goal) |";
        '"$2" "$bench_dir/$1.jsonl"
}

table_cutover() {
    table_rows cutover 'group_by(.clients)[] | .[0].clients as $n |
        row("longest wait at the cutover, \($n) clients, ms"; [.[].stall_window_max_ms] | spread;
            if $n == 8 then "≤ 60" else "≤ 80" end),
        row("longest wait in the second before, no cut, \($n) clients, ms"; [.[].quiet_max_ms] | spread; "–"),
        row("taken from this machine by its host meanwhile, %"; [.[].steal_percent] | spread; "–"),
        row("longest wait in the whole run, \($n) clients, ms"; [.[].stall_max_ms] | spread; "–"),
        row("its writes, \($n) clients"; sums; "0, 0, 0")'
}

table_naive() {
    table_rows naive 'group_by([.place, .clients])[] |
        row("usual runbook typed on \(.[0].place), \(.[0].clients) clients, ms";
            ([.[].stall_window_max_ms] | spread) + "; " + sums; "–")'
}

# table_ratio: the runbook's median over the program's, for the same number of clients
table_ratio() {
    [ -s "$bench_dir/cutover.jsonl" ] && [ -s "$bench_dir/naive.jsonl" ] || return 0
    cat "$bench_dir/cutover.jsonl" "$bench_dir/naive.jsonl" | jq -rs "$jq_median"'
        group_by(.clients)[] | (map(select(.measure == "cutover"))) as $ours |
        ($ours | map(.stall_window_max_ms) | median) as $median | select($median != null) |
        map(select(.measure == "naive")) | group_by(.place)[] |
        "| shorter than the runbook on \(.[0].place), \(.[0].clients) clients, times | \(length) | " +
        "\(map(.stall_window_max_ms) | median / $median | round1) | ≥ 25 |"'
}

table_growing() {
    table_rows growing 'row("cutovers with a growing pool that froze for more than 1 s";
        "\([.[] | select(.stall_max_ms > 1000)] | length); longest wait \([.[].stall_max_ms] | max | round1) ms; \(sums)";
        "0")'
}

table_kill() {
    table_rows kill 'group_by(.moment)[] |
        row("orchestrator killed at \(.[0].moment): longest wait, ms";
            ([.[].stall_window_max_ms] | spread) + "; " +
            ([.[].outcome] | group_by(.) | map("\(length) \(.[0])") | join(", ")) +
            "; sides open to writers at most \([.[].open_sides] | max); " + sums;
            "≤ 300, 1 side, 0, 0, 0")'
}

table_bypass() {
    table_rows bypass 'row("writers past the proxy: acknowledged, lost";
        "\([.[].bypass_acked] | add), \([.[].bypass_lost] | add)"; "0 lost")'
}

table_copy() {
    table_rows copy 'group_by(.line)[] |
        (if .[0].line == "full" then "full line" else "line of \(.[0].line)" end) as $line |
        row("\($line): iperf3, MB/s"; [.[].iperf_mb_s] | spread; "–"),
        row("\($line): base backup by ece-migrate, MB/s"; [.[].ours_mb_s] | spread; "–"),
        row("\($line): plain pg_basebackup, MB/s"; [.[].plain_mb_s] | spread; "–"),
        row("\($line): pgcopydb, 4 jobs, MB/s"; [.[].pgcopydb_mb_s] | spread; "–"),
        row("\($line): base backup over iperf3, times"; [.[].times_iperf] | spread;
            if .[0].line == "full" then "≥ 1.5" else "≥ 3" end)'
}

table_self() {
    table_rows self 'row("memory of the orchestrator at most, MB"; [.[].memory_mb] | spread; "≤ 20"),
        row("processor while it waits, % of one core"; [.[].cpu_percent_waiting] | spread; "≤ 2"),
        row("status, ms"; [.[].status_ms] | spread; "< 50"),
        row("decision to resume, ms"; [.[].resume_ms] | spread; "< 50")'
}

table_machine() {
    printf 'Measured on %s: %s × %s, %s GB of memory, Linux %s, PostgreSQL %s, PgBouncer %s,\n' \
        "$(date -u +%F)" "$(nproc)" \
        "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
        "$(awk '/^MemTotal:/ { print int($2 / 1048576 + 0.5) }' /proc/meminfo)" "$(uname -r)" \
        "$(dpkg-query -W -f '${Version}' postgresql-15)" "$(dpkg-query -W -f '${Version}' pgbouncer)"
    printf 'commit %s. Medians, with the least and the most in brackets.\n\n' \
        "$(git -C "$checkout" rev-parse --short HEAD)"
}

table_all() {
    table_machine
    echo '| what | runs | figure | goal |'
    echo '|---|---|---|---|'
    table_cutover
    table_naive
    table_ratio
    table_growing
    table_kill
    table_bypass
    table_copy
    table_self
}
