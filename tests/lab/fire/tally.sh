# shellcheck shell=bash
# How what was tried under fire is counted, and how it is told: one line of JSON for each kind of
# fault, appended to the file that ECE_RELIABILITY names, from which scripts/reliability.sh makes the
# table. A check that fails is an invariant that was broken. Needs check() and what it counts.
# shellcheck disable=SC2154  # names of lib.sh

# What was tried since tally_begin.
tally_begin() {
    tally_fault=$1
    tally_command=$2
    tally_tried=0
    tally_parked=0
    tally_lost=0
    tally_duplicated=0
    tally_failed=0
    tally_stall=null
    tally_reconnect='' # the longest, in ms, where that is what was measured
    tally_broken=$failed
}

# One fault more.
tally_try() { tally_tried=$((tally_tried + 1)); }

# tally_ledger FILE [stall]: the verdict of ece-load on the clients of this fault; their longest wait
# counts only where nothing that serves them was killed.
tally_ledger() {
    local lost duplicated failures stall
    read -r lost duplicated failures stall < <(
        jq -r '[.lost, .duplicated, .failed, .stall_max_ms] | map(. // 0) | @tsv' "$1"
    )
    tally_lost=$((tally_lost + lost))
    tally_duplicated=$((tally_duplicated + duplicated))
    tally_failed=$((tally_failed + failures))
    [ "${2:-}" = stall ] || return 0
    stall=${stall%.*}
    [ "$tally_stall" != null ] && [ "$tally_stall" -ge "$stall" ] || tally_stall=$stall
}

tally_end() {
    local broken=$((failed - tally_broken)) line
    line=$(jq -cn --arg fault "$tally_fault" --arg command "$tally_command" \
        --argjson tried "$tally_tried" --argjson broken "$broken" --argjson parked "$tally_parked" \
        --argjson lost "$tally_lost" --argjson duplicated "$tally_duplicated" \
        --argjson failures "$tally_failed" --argjson stall "$tally_stall" \
        --arg reconnect "$tally_reconnect" \
        '{fault: $fault, tried: $tried, broken: $broken, parked: $parked, lost: $lost,
          duplicated: $duplicated, failed: $failures, stall_max_ms: $stall, command: $command}
          + if $reconnect == "" then {} else {reconnect_max_ms: ($reconnect | tonumber)} end')
    echo "# $line"
    [ "$tally_tried" = 0 ] || [ -z "${ECE_RELIABILITY:-}" ] || echo "$line" >>"$ECE_RELIABILITY"
}
