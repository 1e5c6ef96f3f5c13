# shellcheck shell=bash
# The orchestrator dies in the lab: at every moment of every action that an undisturbed run reaches,
# by SIGKILL, by SIGTERM, or stopped for a while with a second runner at the door. Several deaths
# are put on one migration, spread over its phases; after each the record is looked at, and at the
# end the world. Needs world.sh.
# shellcheck disable=SC2016,SC2034,SC2154  # names of these, and expressions for others

crash_stop_s=3  # longer than any lease that a clock could end: the lock of a stopped runner holds
crash_deaths=0  # that one migration had
crash_left=()   # "POINT SIGNAL" of this migration, still to come
crash_missed=() # … that its migrations never reached

# The undisturbed run, which says what points there are.
crash_record() {
    fire_up
    ece_with=(ECE_MIGRATE_REHEARSAL=1 ECE_MIGRATE_POINTS=/root/points)
    ece_start run /root/m.json
    ece_with=()
    crash_approve
    role_secret
    check "an undisturbed run ends well" runner_ended_with 0
    on op cat /root/points | awk '!seen[$0]++' >"$work/points"
    check "it says what points there are" [ "$(wc -l <"$work/points")" -ge 60 ]
    fire_moved
    fire_down
}

# Approves as soon as there is a migration to approve: no fault waits for the gate.
crash_approve() {
    until_true 60 eval 'ece_run approve --as tester >"$work/approved" 2>&1'
}

# crash_list SIGNAL…: each point, with the signals dealt out in turn
crash_list() {
    local signals=("$@") i=0 point
    while read -r point; do
        echo "$point ${signals[i % ${#signals[@]}]}"
        i=$((i + 1))
    done <"$work/points"
}

crash_points_of() {
    printf '%s\n' "${crash_left[@]}" | awk -v want="$1" '$2 == want { print $1 }' | paste -sd,
}

crash_start() {
    ece_with=(ECE_MIGRATE_REHEARSAL=1 ECE_MIGRATE_POINTS=/root/points
        ECE_MIGRATE_KILL_AT="$(crash_points_of KILL)" ECE_MIGRATE_TERM_AT="$(crash_points_of TERM)"
        ECE_MIGRATE_STOP_AT="$(crash_points_of STOP)")
    ece_start "$@"
    ece_with=()
}

# Takes the point that the runner reached last out of the list, into $crash_now.
crash_take() {
    local point entry rest=()
    point=$(on op tail -n 1 /root/points)
    crash_now=''
    for entry in "${crash_left[@]}"; do
        if [ "${entry% *}" = "$point" ]; then crash_now=$entry; else rest+=("$entry"); fi
    done
    crash_left=("${rest[@]}")
    [ -n "$crash_now" ]
}

# A point at which SIGTERM was heard lies before the end of the action that follows it.
crash_take_term() {
    local point entry rest=() reached
    reached=$(on op cat /root/points)
    crash_now=''
    for entry in "${crash_left[@]}"; do
        point=${entry% *}
        if [ -z "$crash_now" ] && [ "${entry#* }" = TERM ] && grep -qxF "$point" <<<"$reached"; then
            crash_now=$entry
        else
            rest+=("$entry")
        fi
    done
    crash_left=("${rest[@]}")
    [ -n "$crash_now" ]
}

second_runner_is_refused() {
    ece resume
    ended_with 9 && says "$work/err" "pid [0-9]+"
}

# An action that both gateways have is reached twice: the second time nothing is tried.
crash_stopped() {
    crash_take || { on op pkill -CONT -x ece-migrate && return; }
    tally_try
    note "${crash_now% *}: stopped for $crash_stop_s s"
    check "${crash_now% *}, SIGSTOP: a second runner is refused" second_runner_is_refused
    sleep "$crash_stop_s"
    on op pkill -CONT -x ece-migrate
}

# Waits until the runner has ended; one that stands stopped is let go on. Its status is in $status.
crash_await() {
    local end=$((SECONDS + limit_s))
    while kill -0 "$runner" 2>/dev/null && [ $SECONDS -lt $end ]; do
        if process_is op ece-migrate T; then crash_stopped; else sleep 0.2; fi
    done
    ece_wait
    heard
    role_secret
}

# crash_ended: what the end of the runner was; fails when the migration is over or cannot go on
crash_ended() {
    case $status in
    137)
        check "it dies where it was told to" crash_take
        ;;
    15)
        check "SIGTERM ends it, and it says how to go on" crash_take_term
        ;;
    *) return 1 ;;
    esac
    tally_try
    note "${crash_now}"
    check "${crash_now% *}, ${crash_now#* }: no committed row of the journal is missing" record_grows
}

# crash_migration "POINT SIGNAL"…: one migration with all of these deaths
crash_migration() {
    crash_left=("$@")
    fire_up
    crash_start run /root/m.json
    crash_approve
    crash_await
    while crash_ended; do
        crash_start resume
        crash_await
    done
    check "the last resume ends well" ended_with 0
    crash_missed+=("${crash_left[@]}")
    fire_moved
    tally_ledger "$work/verdict" stall
    fire_down
}

# crash_pass MIGRATIONS "POINT SIGNAL"…: all of them, dealt out over so many migrations
crash_pass() {
    local migrations=$1 k i list all
    shift
    all=("$@")
    for ((k = 0; k < migrations; k++)); do
        list=()
        for ((i = k; i < ${#all[@]}; i += migrations)); do list+=("${all[i]}"); done
        [ ${#list[@]} = 0 ] || crash_migration "${list[@]}"
    done
}

# crash_run DEATHS [FROM TO]: DEATHS for each migration; only the points of these numbers
crash_run() {
    local deaths=${1:-5} from=${2:-0} to=${3:-100000} all again=()
    [ -s "$work/points" ] || crash_record
    # SIGKILL most of all. Five signals go round and four moments, so each moment meets each of them.
    mapfile -t all < <(crash_list KILL KILL TERM KILL STOP | sed -n "$((from + 1)),${to}p")
    note "${#all[@]} points"
    crash_missed=()
    crash_pass $(((${#all[@]} + deaths - 1) / deaths)) "${all[@]}"
    # What a death before it made impossible is tried in a migration of its own.
    again=("${crash_missed[@]}")
    crash_missed=()
    [ ${#again[@]} = 0 ] || crash_pass ${#again[@]} "${again[@]}"
    [ ${#crash_missed[@]} = 0 ] || note "never reached: ${crash_missed[*]}"
}
nothing_missed() { is "${#crash_missed[@]}" 0; }
