# shellcheck shell=bash
# The orchestrator dies by kill -9 in the middle of the cutover; the guard alone must serve the
# clients again, on one side only. Then the migration is resumed to its end.
# Needs cutover.sh and what that needs.
# shellcheck disable=SC2034,SC2154  # kill_moments is for bench.sh; names of these

# Where in the cut it dies: while the source is fenced and nothing decided, and once it is decided.
kill_moments=(fenced decided)

# What shows that the cut is there, seen from this machine: the fence's file on the source says
# whom it keeps out, and a decision is a file in the guard's directory on the proxy host.
kill_is_time() {
    local word=''
    case $1 in
    fenced)
        read -r word <"$kill_fence" || true
        [ "$word" = all ]
        ;;
    decided) compgen -G "$kill_guard/decision.*" >/dev/null ;;
    esac 2>/dev/null
}

# Looks every millisecond or so and kills; prints when, in ms since 1970. Gives up after a minute.
kill_watch() {
    local pid end=$((SECONDS + 60))
    kill_fence=/proc/$(lab pid sdb)/root/var/lib/postgresql/15/main/ece_orders.fence
    kill_guard=/proc/$(lab pid app)/root/var/lib/ece-migrate-orders
    pid=$(ip netns pids "ece-lab-$lab_name-op" | while read -r pid; do
        # 'approve' is one of ours too.
        [ "$(cat "/proc/$pid/comm")" != ece-migrate ] ||
            ! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'ece-migrate .* run ' || echo "$pid"
    done)
    until kill_is_time "$1"; do
        [ $SECONDS -lt $end ] || {
            echo "the cut was never seen to be '$1'" >&2
            return 1
        }
        read -rt 0.001 <> <(:) || true
    done
    kill -KILL "$pid"
    now_ms
}

# Which side the clients are on, and how many sides admit writers.
kill_side() {
    case $(on app psql -XAtqd "$proxy" -c 'SELECT inet_server_addr()') in
    10.10.0.10*) echo returned ;;
    10.20.0.10*) echo switched ;;
    esac
}

kill_open_sides() {
    local address open=0
    for address in 10.10.0.10 10.20.0.10; do
        [ "$(on app psql -XAtqd "host=$address dbname=orders user=app" \
            -c 'SELECT NOT pg_is_in_recovery()' 2>/dev/null)" != t ] || open=$((open + 1))
    done
    echo "$open"
}

# kill_run MOMENT RUN
kill_run() {
    local moment=$1 run=$2 killed watcher side open when
    when=$(mktemp)
    cutover_stage '.services[0].limits.guard_ms = 200'
    load_start "kill-$moment-$run" --clients 8 --rate 100
    sleep 2
    kill_watch "$moment" >"$when" &
    watcher=$!
    migrate approve "$migrate_id" --as bench >/dev/null
    wait "$watcher"
    wait "$program_job" || true
    killed=$(cat "$when")
    rm -f "$when"
    sleep 1
    side=$(kill_side)
    open=$(kill_open_sides)
    program_start resume "$migrate_id"
    program_finish
    load_stop
    load_verify $((killed - 500)) $((killed + 700)) |
        jq -c --arg moment "$moment" --argjson run "$run" --arg side "$side" \
            --argjson open "$open" '{moment: $moment, run: $run, outcome: $side, open_sides: $open,
                stall_max_ms, stall_window_max_ms, acked, failed, lost, duplicated}' | record kill
    lab_down
}
