# shellcheck shell=bash
# The cutover under fire in the lab: what stands around the cut is taken away at each of its
# sub-phases (a tunnel daemon, a whole gateway, the WAN), while the guard stands still there. A
# migration whose clients came back to the source is used again for the next fault. (Servers, proxy,
# guard and orchestrator are killed in the small world: cut_world.sh.) Needs world.sh, faults.sh.
# shellcheck disable=SC2034,SC2154  # names of these

cutover_victims=(sgw-daemon tgw-daemon sgw tgw wan)
cutover_up='' # a migration stands before its cutover

cutover_phases() {
    sed -n 's/^    X(\([a-z_]*\)).*/\1/p' "$here/../../steps/guard/phase.h" | grep -vx call_off
}

victim_name() {
    case $1 in
    sgw-daemon) echo "kill -9 of the source gateway's tunnel daemon" ;;
    tgw-daemon) echo "kill -9 of the target gateway's tunnel daemon" ;;
    sgw) echo "reboot of the source gateway" ;;
    tgw) echo "reboot of the target gateway" ;;
    wan) echo "the WAN dropped for 3 s" ;;
    esac
}

strike() {
    case $1 in
    *-daemon) on "${1%-daemon}" pkill -KILL -x wireguard-go ;;
    sgw | tgw) gateway_reboot "$1" ;;
    wan) fault_do wan ;;
    esac
}
mend() {
    case $1 in
    sgw | tgw) sleep 1 && gateway_boots "$1" ;;
    wan) sleep 2 && fault_undo wan ;;
    esac
}

at_the_arm() { process_is op ece-migrate T; }

# The runner goes on until it is about to arm the guard, and stops there.
cutover_runner() {
    ece_with=(ECE_MIGRATE_REHEARSAL=1 ECE_MIGRATE_STOP_AT=cutover.arm.before-intent)
    ece_start "$@"
    ece_with=()
}

cutover_begin() {
    fire_up
    cutover_runner run /root/m.json
    crash_approve
    check "the migration comes to its cutover" until_true "$limit_s" at_the_arm
    role_secret
    cutover_up=yes
}

# Whoever was told to end does: the next attempt is a resumed one's, which waits for no pause.
runner_ends() {
    on op pkill -TERM -x ece-migrate
    on op pkill -CONT -x ece-migrate
    ece_wait
    heard
    [ "$status" = 15 ] || { echo "status $status" && tail -n 5 "$work/runner.err" && return 1; }
}

guard_sees() { on app "$guard_dir/ece-guard" see "$guard_dir" >"$work/guard" 2>/dev/null; }
guard_ended() { guard_sees && jq -e '.outcome.outcome != null and (.alive | not or .decision == "commit")' "$work/guard"; }

# cutover_strike VICTIM PHASE: one attempt; leaves $outcome
cutover_strike() {
    local victim=$1 phase=$2 what
    what="$victim at $phase"
    outcome=none
    guard_will_stop_at "$phase" || note "the guard could not be told to stop"
    on op pkill -CONT -x ece-migrate
    until_true 60 process_is app guard.real T || note "$what: the guard never came there"
    strike "$victim"
    on app pkill -CONT -x guard.real
    mend "$victim"
    check "$what: the attempt comes to its end" until_true 60 guard_ended
    outcome=$(jq -r .outcome.outcome "$work/guard")
    check "$what: it switched or returned" says <(echo "$outcome") '^(switched|returned)$'
    note "$what: $outcome $(jq -r '.outcome.reason // ""' "$work/guard")"
    tally_try
}

cutover_serves() {
    local side=$source_address
    [ "$1" != switched ] || side=$target_address
    until_true 10 clients_served_by "$side"
}

# The migration goes on to its end, whatever is broken: the network track mends the tunnel.
cutover_finish() {
    check "the migration ends well" runner_ended_with 0
    heard
    fire_moved
    tally_ledger "$work/verdict" stall
    fire_down
    cutover_up=''
}

cutover_try() {
    [ -n "$cutover_up" ] || cutover_begin
    cutover_strike "$1" "$2"
    check "$1 at $2: clients are served by the side that the guard names" cutover_serves "$outcome"
    if [ "$outcome" = switched ]; then
        cutover_finish
        return
    fi
    # Back at the source: the runner comes to the next attempt by itself, or is told to end first.
    if ! until_true 15 at_the_arm >/dev/null; then
        check "$1 at $2: the runner ends when it is told to" runner_ends
        cutover_runner resume
        check "$1 at $2: it comes to its next attempt" until_true "$limit_s" at_the_arm
    fi
}

# What is left standing before its cutover is let through, undisturbed.
cutover_through() {
    [ -n "$cutover_up" ] || return 0
    runner_ends
    ece_start resume
    cutover_finish
}

# cutover_run [VICTIM,… [PHASE,…]]
cutover_run() {
    local victims phases victim phase
    IFS=, read -ra victims <<<"${1:-$(IFS=, && echo "${cutover_victims[*]}")}"
    IFS=, read -ra phases <<<"${2:-$(cutover_phases | paste -sd,)}"
    for victim in "${victims[@]}"; do
        tally_begin "$(victim_name "$victim") at each sub-phase of the cutover, in the lab" \
            "scripts/fire.sh cutover-lab:$victim"
        for phase in "${phases[@]}"; do cutover_try "$victim" "$phase"; done
        cutover_through
        tally_end
    done
}
