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

# The cut, as the guard wrote it down: {"outcome", "position", "timeline": [{"phase", "at_us", "took_us"}]}
migrate_cut() {
    migrate log $migrate_id --json |
        jq -cs '[.. | objects | select(has("timeline"))] | last // {timeline: []}'
}
