# shellcheck shell=bash
# A migration under fire: a fresh lab, clients that write all along, some of them past the proxy,
# somebody who looks all the time whether both sides admit writers, and at the end every invariant
# that can be looked up. Needs lib.sh, moved.sh, secrets.sh, rehearsal.sh and tally.sh.
# shellcheck disable=SC2016,SC2034,SC2154  # names of these, and expressions for others

# What the clients are promised here: room for a busy machine, and far from a freeze of the proxy.
fire_stall_ms=1200
fire_guard_ms=800
fire_tick_ms=100 # how much later than promised the guard may be

# fire_up [JQ-FILTER]: the lab, the load and what watches; the filter changes the migration file
fire_up() {
    count=0
    lab_up
    jq ".services[0].limits = {\"max_stall_ms\": $fire_stall_ms, \"guard_ms\": $fire_guard_ms,
        \"cutover_attempts\": 100} | ${1:-.}" "$work/m.json" >"$work/fire.json"
    migration_put "$work/fire.json"
    fill "${fire_mb:-20}" >/dev/null
    load_start fire --bypass "host=$source_address port=5432 dbname=orders user=app" \
        --bypass-clients 2
    world_before
    rm -f "$work"/rows.* "$work/said"
    sides_watch
    argv_watch
}

# With ECE_FIRE_KEEP in the environment a lab in which an invariant was broken stays, for people.
fire_down() {
    if [ -n "${ECE_FIRE_KEEP:-}" ] && [ "$failed" != 0 ]; then
        trap - EXIT
        note "lab '$name' is left standing, with what was seen in $work"
        exit 1
    fi
    # shellcheck disable=SC2046  # one word a job
    kill $(jobs -p) 2>/dev/null
    wait 2>/dev/null
    lab down
}

# --- two writable sides --------------------------------------------------------------------------

# Asks the target first: it never closes again, so a source that is open after it was is one too many.
sides_watch() {
    # shellcheck disable=SC2016  # for the bash on the host
    lab sh app -- env PGCONNECT_TIMEOUT=2 bash -c '
        ask() { psql -XAtq "host=$1 port=5432 dbname=orders user=app" -c "SELECT NOT pg_is_in_recovery()"; }
        while :; do
            target=$(ask "$0")
            [ "$target" = t ] && [ "$(ask "$1")" = t ] && echo "both sides admit writers"
            echo looked
            sleep 0.5
        done' "$target_address" "$source_address" </dev/null >"$work/sides" 2>/dev/null &
    sides_watcher=$!
}

never_two_sides() {
    on app pkill -TERM -f '[b]oth sides admit writers'
    wait "$sides_watcher" 2>/dev/null
    [ "$(grep -c looked "$work/sides")" -ge 5 ] || { echo "nobody looked" && return 1; }
    ! grep -c both "$work/sides"
}

# --- secrets -------------------------------------------------------------------------------------

# Less often than secrets.sh looks: what a whole machine runs is read each time.
argv_watch() {
    : >"$work/argv"
    (
        while :; do
            grep -laFs -f "$work/secrets" /proc/[0-9]*/cmdline /proc/[0-9]*/environ >>"$work/argv"
            sleep 1
        done
    ) &
    argv_watcher=$!
}

# A process that has a canary in its arguments proves that the watch would have seen one.
argv_is_clean() {
    local canary blind
    canary=$(head -n 1 "$work/secrets")
    [ ! -s "$work/argv" ] || { cat "$work/argv" && return 1; }
    bash -c 'sleep 5; :' "$canary" &
    blind=$!
    until_true 10 test -s "$work/argv" || { echo "the watch is blind" && return 1; }
    kill "$blind" "$argv_watcher" 2>/dev/null
    return 0
}

# All that the program said since fire_up is in $work/said.
heard() { cat "$work/out" "$work/err" "$work/runner.out" "$work/runner.err" >>"$work/said" 2>/dev/null; }
said_no_secret() {
    heard
    [ -s "$work/said" ] || { echo "nothing was said" && return 1; }
    ! grep -aF -f "$work/secrets" "$work/said" && ! on_op_state_has_secret
}

# --- the record ----------------------------------------------------------------------------------

# The journal verifies, and what stood in it after an earlier fault still stands there, unchanged.
record_grows() {
    journal_is_whole || return 1
    ece log --json
    jq -r '.[] | "\(.seq) \(.hash)"' "$work/out" >"$work/rows.now"
    [ -s "$work/rows.now" ] || { echo "the journal has no rows" && return 1; }
    [ ! -e "$work/rows.before" ] ||
        cmp -n "$(stat -c %s "$work/rows.before")" "$work/rows.before" "$work/rows.now" || return 1
    mv "$work/rows.now" "$work/rows.before"
}

fence_never_falls() {
    ece log --json
    # What people ask for is written down under no fence: 0.
    jq -c '[.[] | select(.fence != 0) | {seq, fence, kind}]' "$work/out" >"$work/fences"
    holds "$work/fences" '[.[].fence] as $f | $f == ($f | sort) and ($f | length > 0)'
}

# --- the end -------------------------------------------------------------------------------------

stall_was_kept() { load_stalled_below $((fire_stall_ms + fire_tick_ms)); }
nobody_wrote_behind() { holds "$work/verdict" '.bypass_lost == 0 and .bypass_acked > 0'; }

# Everything that must hold when the migration says that it is done.
fire_moved() {
    on op rm -f /root/points
    check "never two writable sides" never_two_sides
    check "no committed row of the journal is missing" record_grows
    check "the fence never falls" fence_never_falls
    check_moved
    check "no client waited longer than was promised" stall_was_kept
    check "nobody wrote to the source after the decision" nobody_wrote_behind
    check "no secret is in what was said or recorded" said_no_secret
    check "no secret was in any process's arguments or environment" argv_is_clean
    check "no secret is left on any host" secrets_only_in ''
}

# Once the migration knows its target: the password of our role is looked for as well.
role_secret() {
    on tdb cat /run/ece-orders/pgpass 2>/dev/null | cut -d: -f5 | grep . >>"$work/secrets"
    sort -u -o "$work/secrets" "$work/secrets"
}
