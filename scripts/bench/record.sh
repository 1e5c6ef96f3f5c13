# shellcheck shell=bash
# Where figures go: one line of JSON a run in build/bench/MEASURE.jsonl, and medians of them.
# shellcheck disable=SC2154  # 'checkout' comes from common.sh

bench_dir=$checkout/build/bench

# record_begin MEASURE: its figures so far are old
record_begin() {
    mkdir -p "$bench_dir"
    : >"$bench_dir/$1.jsonl"
}

# record MEASURE: takes one JSON object from stdin, keeps it and shows it
record() { jq -c --arg measure "$1" '{measure: $measure} + .' | tee -a "$bench_dir/$1.jsonl"; }

# What the host of a virtual machine took from it: steal of all jiffies in proc(5)'s first line, in
# percent, from steal_begin on. A figure taken under much of it says little of the program.
steal_sample() { awk '/^cpu / { for (i = 2; i <= 9; i++) all += $i; print $9, all }' /proc/stat; }
steal_begin() { steal_before=$(steal_sample); }
steal_percent() {
    printf '%s\n%s\n' "$steal_before" "$(steal_sample)" | awk '
        NR == 1 { stolen = $1; all = $2 }
        NR == 2 { print int(($1 - stolen) * 100 / ($2 - all) + 0.5) }'
}

jq_median='def median: sort | if length == 0 then null
    elif length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;
    def round1: if . == null then "–" else . * 10 | round / 10 end;'

# record_summary MEASURE: what a series of cutovers comes to, one line of JSON a number of clients
record_summary() {
    jq -cs "$jq_median"' group_by([.place, .clients])[] | {measure: .[0].measure,
        place: .[0].place, clients: .[0].clients,
        runs: length, stall_median_ms: ([.[].stall_max_ms] | median | round1),
        stall_least_ms: ([.[].stall_max_ms] | min | round1),
        stall_most_ms: ([.[].stall_max_ms] | max | round1),
        failed: ([.[].failed] | add), lost: ([.[].lost] | add),
        duplicated: ([.[].duplicated] | add)}' "$bench_dir/$1.jsonl"
}
