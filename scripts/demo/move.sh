# shellcheck shell=bash
# shellcheck disable=SC2034  # move_ms is for demo.sh
# The migration as people run it: one looks at the plan, one runs it, another one approves.
# Needs common.sh, migrate.sh, talk.sh.
# shellcheck disable=SC2154  # names of migrate.sh

move_plan() { migrate plan "$migrate_file"; }

# The second person: waits until the migration stands at the gate, then approves it.
move_approve() {
    wait_until 3600 migrate_stands_in approve || return 1
    printf '   >> a second person reads the plan and says yes: %s\n' \
        "ece-migrate approve $migrate_id --as dana"
    migrate approve "$migrate_id" --as dana
}

# Returns the program's exit status; sets move_ms to what it took.
move_run() {
    local begun status=0
    begun=$(now_ms)
    move_approve &
    move_approver=$!
    migrate run "$migrate_file" || status=$?
    move_ms=$(($(now_ms) - begun))
    kill "$move_approver" 2>/dev/null || true
    wait "$move_approver" 2>/dev/null || true
    return "$status"
}
