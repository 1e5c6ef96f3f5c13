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
    check "$1 in $2: it is brought about" fault_do "$1"
    on op pkill -CONT -x ece-migrate
    sleep "$partition_s"
    fault_undo "$1"
}

# One that stays until somebody has read about it: told, ended, mended, resumed.
partition_stays() { # FAULT PHASE POINTS
    check "$1 in $2: it is brought about" fault_do "$1"
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
partition_gate() { # POINTS
    local fault
    check "it comes to the gate" until_true "$limit_s" track_at orders approve
    for fault in "${gate_faults[@]}"; do
        tally_try
        note "$fault in approve"
        "partition_$(partition_manner "$fault")" "$fault" approve "$1"
        check "$fault in approve: the standby streams again" until_true 60 standby_streams
    done
    gate_faults=()
    crash_approve
}
standby_streams() { [ "$(ask_server sdb "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 1 ]; }
partition_manner() { if [ "$1" = wan-gone ]; then echo stays; else echo heals; fi; }

# What is done at which point, and at the gate, one after the other: for one migration.
declare -A fault_at
gate_faults=()

# The runner stands at a point: what is to be done there is done once, for an action that it tries
# again, or that the other gateway has too, is none that begins anew.
partition_strike() { # POINTS
    local point fault
    point=$(on op tail -n 1 /root/points)
    fault=${fault_at[$point]:-}
    unset "fault_at[$point]"
    if [ -z "$fault" ]; then
        on op pkill -CONT -x ece-migrate
        return
    fi
    tally_try
    note "$fault at $point"
    "partition_$(partition_manner "$fault")" "$fault" "$(partition_phase_of "$point")" "$1"
}

# partition_migration NAME: one migration with all that fault_at and gate_faults say
partition_migration() {
    local list
    list=$(IFS=, && echo "${!fault_at[*]}")
    fire_up
    partition_runner "$list" run /root/m.json
    [ ${#gate_faults[@]} != 0 ] || crash_approve
    while :; do
        if [ ${#gate_faults[@]} != 0 ] && track_at orders approve 2>/dev/null; then
            partition_gate "$list"
            continue
        fi
        stopped_or_ended || { sleep 0.3 && continue; }
        process_is op ece-migrate T || break
        role_secret
        partition_strike "$list"
    done
    check "$1: the migration ends without a person" runner_ended_with 0
    heard
    if [ "$status" != 0 ]; then
        tally_parked=$((tally_parked + 1))
        note "$1: it was parked: $(grep '^ece-migrate: ' "$work/runner.err")"
        ece_start resume
        check "$1: a resume ends it" runner_ended_with 0
        heard
    fi
    [ ${#fault_at[@]} = 0 ] || note "$1: never reached: ${!fault_at[*]}"
    fire_moved
    tally_ledger "$work/verdict" stall
    fire_down
}

# partition_mix [MIGRATIONS]: every kind of fault that heals, dealt out over the beginnings of all
# actions, the next one to each in the next migration; several at the gate
partition_mix() {
    local m i point
    partition_points
    tally_begin "the network is torn, slow or silent for $partition_s s as an action begins, in every phase (${#fault_names[@]} kinds)" \
        "scripts/fire.sh mix"
    for ((m = 0; m < ${1:-3}; m++)); do
        fault_at=() i=$m
        while read -r point; do
            fault_at[$point]=${fault_names[i % ${#fault_names[@]}]}
            i=$((i + 1))
        done < <(grep '\.after-intent$' "$work/points")
        gate_faults=("${fault_names[m % 8]}" "${fault_names[(m + 3) % 8]}")
        partition_migration "migration $((m + 1))"
    done
    tally_end
}

# partition_run [FAULT,… [PHASE,…]]: one kind of fault in each phase
partition_run() {
    local faults phases fault phase
    partition_points
    IFS=, read -ra faults <<<"${1:-$(IFS=, && echo "${fault_names[*]},wan-gone")}"
    IFS=, read -ra phases <<<"${2:-$( (sed 's/\..*//' "$work/entries" && echo approve) | paste -sd,)}"
    for fault in "${faults[@]}"; do
        tally_begin "$(fault_name "$fault"), in each phase" "scripts/fire.sh partition:$fault"
        fault_at=() gate_faults=()
        for phase in "${phases[@]}"; do
            if [ "$phase" = approve ]; then
                gate_faults=("$fault")
            else
                fault_at[$(grep "^$phase\." "$work/entries")]=$fault
            fi
        done
        partition_migration "$fault"
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
    check "the WAN drops everything" fault_do wan
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
