# shellcheck shell=bash
# Partitions and slowness, in every phase: the runner stops itself as it enters the phase, something
# is done to the network or to its sessions, and it goes on. What heals by itself must need no
# person; what does not must be said, and 'resume' must end the migration once it is mended.
# Needs world.sh, faults.sh and crash.sh's crash_approve.
# shellcheck disable=SC2034,SC2154  # names of these

partition_s=7        # how long what heals by itself lasts
partition_say_s=60   # within which the program must have said what is wrong
partition_stop_s=120 # within which it must end when it is told to

# Where each phase is entered: the first action that an undisturbed run has there. The gate has none.
partition_points() {
    [ -s "$work/points" ] || crash_record
    grep '\.after-intent$' "$work/points" | awk -F. '!seen[$1]++' >"$work/entries"
    check "an undisturbed run says where its phases begin" [ "$(wc -l <"$work/entries")" -ge 7 ]
}

partition_phase_of() { echo "${1%%.*}"; }
partition_runner() { # POINTS COMMAND…
    local points=$1
    shift
    ece_with=(ECE_MIGRATE_REHEARSAL=1 ECE_MIGRATE_POINTS=/root/points ECE_MIGRATE_STOP_AT="$points")
    ece_start "$@"
    ece_with=()
}
stopped_or_ended() { process_is op ece-migrate T || ! kill -0 "$runner" 2>/dev/null; }

# What the tracks say about why they wait.
reasons() { ece_run status --json | jq -r '.tracks[] | select(.reason != "") | "\(.name): \(.reason)"'; }
# It names a host, the tunnel or the link, and it is not what an undisturbed run would say.
says_what_is_wrong() {
    reasons >"$work/reasons"
    grep -qE "unreachable|no answer|not answer|timed out|does not|cannot|lost|no route|hung up|stalled|streaming|refuse|ended|no handshake|tunnel|link" "$work/reasons" ||
        grep -E "sgw|tgw|sdb|tdb" "$work/runner.err"
}

# A fault that goes away by itself.
partition_heals() { # FAULT PHASE
    fault_do "$1"
    on op pkill -CONT -x ece-migrate
    sleep "$partition_s"
    fault_undo "$1"
}

# One that stays until somebody has read about it: told, ended, mended, resumed.
partition_stays() { # FAULT PHASE POINTS
    fault_do "$1"
    on op pkill -CONT -x ece-migrate
    check "$1 in $2: it says what is wrong" until_true "$partition_say_s" says_what_is_wrong
    note "$1 in $2: $(tail -n 1 "$work/reasons")"
    local end=$((SECONDS + partition_stop_s))
    on op pkill -TERM -x ece-migrate
    while kill -0 "$runner" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.2; done
    check "$1 in $2: it ends when it is told to" [ $SECONDS -lt $end ]
    [ $SECONDS -lt $end ] || on op pkill -KILL -x ece-migrate
    ece_wait
    heard
    [ "$status" = 15 ] || tally_parked=$((tally_parked + 1))
    note "$1 in $2: ended with $status: $(tail -n 1 "$work/runner.err")"
    fault_undo "$1"
    partition_runner "$3" resume
}

# The gate is no action: there the runner just waits.
partition_gate() { # FAULT POINTS
    check "$1: it comes to the gate" until_true "$limit_s" track_at orders approve
    tally_try
    "partition_$(partition_manner "$1")" "$1" approve "$2"
    check "$1 in approve: the standby streams again" until_true 60 standby_streams
    crash_approve
}
standby_streams() { [ "$(ask_server sdb "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 1 ]; }
partition_manner() { if [ "$1" = wan-gone ]; then echo stays; else echo heals; fi; }

# partition_migration FAULT PHASE…: one migration with this fault in each of these phases
partition_migration() {
    local fault=$1 phase point points=() list gate='' left
    shift
    for phase in "$@"; do
        if [ "$phase" = approve ]; then gate=yes; else points+=("$(grep "^$phase\." "$work/entries")"); fi
    done
    fire_up
    list=$(IFS=, && echo "${points[*]}")
    partition_runner "$list" run /root/m.json
    [ -n "$gate" ] || crash_approve
    left=${#points[@]}
    while :; do
        if [ -n "$gate" ] && track_at orders approve 2>/dev/null; then
            partition_gate "$fault" "$list"
            gate=''
            continue
        fi
        stopped_or_ended || { sleep 0.3 && continue; }
        process_is op ece-migrate T || break
        point=$(on op tail -n 1 /root/points)
        phase=$(partition_phase_of "$point")
        role_secret
        # An action that the runner tries again is no phase entered anew.
        list=$(tr , '\n' <<<"$list" | grep -vxF "$point" | paste -sd,)
        if grep -qxF "$point" "$work/struck" 2>/dev/null; then
            on op pkill -CONT -x ece-migrate
            continue
        fi
        echo "$point" >>"$work/struck"
        tally_try
        note "$fault in $phase"
        "partition_$(partition_manner "$fault")" "$fault" "$phase" "$list"
    done
    rm -f "$work/struck"
    check "$fault: the migration ends without a person" runner_ended_with 0
    heard
    if [ "$status" != 0 ]; then
        tally_parked=$((tally_parked + 1))
        ece_start resume
        check "$fault: a resume ends it" runner_ended_with 0
        heard
    fi
    fire_moved
    tally_ledger "$work/verdict" stall
    fire_down
}

# partition_run [FAULT,… [PHASE,…]]
partition_run() {
    local faults phases fault
    partition_points
    IFS=, read -ra faults <<<"${1:-$(IFS=, && echo "${fault_names[*]},wan-gone")}"
    IFS=, read -ra phases <<<"${2:-$( (sed 's/\..*//' "$work/entries" && echo approve) | paste -sd,)}"
    for fault in "${faults[@]}"; do
        tally_begin "$(fault_name "$fault"), in each phase" "scripts/fire.sh partition:$fault"
        partition_migration "$fault" "${phases[@]}"
        tally_end
    done
}

# --- how soon the link is back -------------------------------------------------------------------

# What was written at the source and has arrived at the target, as a moment in ms since 1970.
replayed_ms() { ask_server tdb "SELECT (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000)::bigint"; }
arrived_since() { [ "$(replayed_ms)" -gt "$1" ]; }

# reconnect_once SECONDS: a WAN that drops everything for so long while the standby follows
reconnect_once() {
    local healed now
    fault_do wan
    sleep "$1"
    fault_undo wan
    healed=$(date +%s%3N)
    check "after an outage of $1 s the standby follows again" until_true 120 arrived_since "$healed"
    now=$(date +%s%3N)
    reconnect_ms=$((now - healed))
    note "outage of $1 s: what was written after it was replayed $reconnect_ms ms after it"
    check "after an outage of $1 s it follows within the outage's own length" \
        [ "$reconnect_ms" -lt $(($1 * 1000 + 1000)) ]
}

# reconnect_run [SECONDS,… [TIMES]]
reconnect_run() {
    local outages outage i all=()
    IFS=, read -ra outages <<<"${1:-5,15,30}"
    fire_up
    ece_start run /root/m.json
    check "the migration comes to its gate" until_true "$limit_s" track_at orders approve
    role_secret
    for outage in "${outages[@]}"; do
        tally_begin "the WAN drops everything for $outage s while the standby follows" \
            "scripts/fire.sh reconnect:$outage"
        all=()
        for ((i = 0; i < ${2:-3}; i++)); do
            tally_try
            reconnect_once "$outage"
            all+=("$reconnect_ms")
            sleep 2
        done
        tally_reconnect=$(printf '%s\n' "${all[@]}" | sort -n | tail -n 1)
        tally_end
    done
    crash_approve
    check "the migration ends well" runner_ended_with 0
    heard
    fire_moved
    fire_down
}
