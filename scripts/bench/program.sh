# shellcheck shell=bash
# One migration by the program, in the background of a benchmark: started, waited for at a phase,
# killed, or waited for to its end. Needs common.sh and migrate.sh.
# shellcheck disable=SC2154  # names of common.sh and migrate.sh

# program_start COMMAND ARGUMENT...: 'run FILE' or 'resume'; what it prints is shown if it fails
program_start() {
    program_log=$(mktemp)
    # shellcheck disable=SC2016  # for the bash on op
    on op bash -c 'echo "$$ $EPOCHREALTIME" >/root/program.pid; exec "$@"' program \
        "$migrate_program" --state "$migrate_state" "$@" >"$program_log" 2>&1 &
    program_job=$!
}

program_pid() { on op cut -d' ' -f1 /root/program.pid; }

# When the program was started, in ms since 1970.
program_began() { on op cat /root/program.pid | awk '{ printf "%.0f", $2 * 1000 }'; }

program_lives() { kill -0 "$program_job" 2>/dev/null; }

program_explain() {
    tail -n 30 "$program_log" >&2
    migrate log "$migrate_id" 2>/dev/null | tail -n 20 >&2 || true
}

# program_reach PHASE SECONDS: waits until the service's track stands there
program_reach() {
    local end=$((SECONDS + $2))
    until migrate_stands_in "$1"; do
        if [ $SECONDS -ge $end ] || ! program_lives; then
            echo "the migration did not get to '$1':" >&2
            program_explain
            return 1
        fi
        sleep 0.1
    done
}

# program_finish: waits for the end, which must be a good one
program_finish() {
    wait "$program_job" || {
        echo "the migration ended badly:" >&2
        program_explain
        return 1
    }
    rm -f "$program_log"
}

program_kill() {
    on op kill -KILL "$(program_pid)"
    wait "$program_job" 2>/dev/null || true
}
