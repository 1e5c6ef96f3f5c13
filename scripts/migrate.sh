# shellcheck shell=bash
# The program on 'op', as a person uses it there: a migration file and a state directory in /root.
# Needs common.sh.
# shellcheck disable=SC2034,SC2154  # 'release' comes from common.sh; some names are used elsewhere

migrate_program=$release/orchestrator/cli/ece-migrate
migrate_file=/root/orders.json
migrate_state=/root/ece-state
migrate_id=orders

# migrate_write [JQ-FILTER]: puts this lab's migration file on op, changed by the filter
migrate_write() { lab migration | jq "${1:-.}" | on op tee $migrate_file >/dev/null; }

# migrate COMMAND ARGUMENT...
migrate() { on op "$migrate_program" --state $migrate_state "$@"; }

# Does the service's track stand in this phase?
migrate_stands_in() {
    migrate status $migrate_id --json 2>/dev/null |
        jq -e --arg phase "$1" '[.. | objects | select(.phase? == $phase)] | length > 0' >/dev/null
}

# The journal, one row a line; each with its time in ms since 1970 as well.
migrate_rows() {
    migrate log $migrate_id --json | jq -c '.. | objects | select(has("seq") and has("at")) |
        .at_ms = (.at[0:19] + "Z" | fromdate) * 1000 + (.at[20:23] | tonumber)'
}

# migrate_rows_since MS: fails while there are none
migrate_rows_since() {
    migrate_rows | jq -ce --argjson since "$1" 'select(.at_ms >= $since)'
}

# The last cut: {"since_ms", "until_ms", "hold_ms", "outcome", "timeline": [{"phase", "at_us",
# "took_us"}]}. The clients are held from 0 on the timeline's clock; its last phase ends as the
# orchestrator hears of the outcome.
migrate_cut() {
    migrate_rows | jq -cs '
        ([.[] | select(.kind == "outcome" and .action == "cut")] | last) as $ended |
        ([.[] | .detail // {} | objects | select(has("timeline"))] | last) as $told |
        ($told.timeline // []) as $timeline |
        ($timeline | last // {at_us: 0, took_us: 0} | (.at_us + .took_us) / 1000) as $hold_ms |
        {since_ms: ($ended.at_ms - ($ended.detail.took_us // 0) / 1000), until_ms: $ended.at_ms, hold_ms: $hold_ms,
         outcome: $told.outcome, timeline: $timeline}'
}

# How long the base backup took, in seconds: its job says on the target's host when it began and
# how it ended.
migrate_seed_seconds() {
    on tdb stat -c %.Y /run/ece-$migrate_id/copy/job /run/ece-$migrate_id/copy/status |
        jq -s '.[1] - .[0]'
}
