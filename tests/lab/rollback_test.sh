#!/bin/bash
# A whole migration with a rollback window, while clients write: the old source is kept in step, then
# somebody takes the clients back. Every write stands once at the source, what was written at the
# target among it, and every host is as it was. Usage: rollback_test.sh ECE_MIGRATE ECE_LOAD
set -uo pipefail
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/lab/moved.sh
. "$here/moved.sh"
lab_test rollback "$@"
limit_s=200

# The orders service under a regime, with a window that somebody answers for.
windowed() {
    jq '.compliance = ["hipaa"] | .services[0].rollback =
        {"window_h": 1, "acknowledge_data_leaves_compliance": '"$1"'}' "$work/m.json"
}

window_is_open() {
    ece_run status --json >"$work/status"
    holds "$work/status" 'any(.tracks[]; .reason | startswith("the rollback window is open"))'
}

shows_the_lag() {
    ece status
    says "$work/out" "rollback window is open until 20[0-9-]+T.*the old source is .* behind"
    ece status --json
    holds "$work/out" '.samples.orders | has("back_lag_bytes") and has("back_lag_ms")'
}

source_follows() { on sdb pgrep -f 'postgres: .*walreceiver streaming'; }

# log_says COUNT TEXT: so many rows of the journal hold it
log_says() {
    ece_run log >"$work/log"
    is "$(grep -cF -- "$2" "$work/log")" "$1"
}

source_is_closed() {
    # shellcheck disable=SC2016  # for the bash on the host
    [[ $(on app psql -XAtq "host=$source_address port=5432 dbname=orders user=app" \
        -c 'SELECT 1' 2>&1) == *'pg_hba.conf rejects'* ]]
}

# What a client reads or writes, wherever the proxy sends it.
by_client() { on app psql -XAtq "$client_dsn" -c "$1"; }

window_was_kept() { is "$(by_client "SELECT n FROM in_window")" 4711; }

lab_up
fill 30 >/dev/null
source_config >"$work/config.before"
windowed false >"$work/unanswered.json"
migration_put "$work/unanswered.json"
ece check /root/m.json
check "a window under a regime needs somebody who answers for it" ended_with 3
check "and the fault says what to write" \
    says "$work/err" 'services/0/rollback.*acknowledge_data_leaves_compliance'
windowed true >"$work/window.json"
migration_put "$work/window.json"
ece plan /root/m.json
check "the plan ends well" ended_with 0
check "it says that data flows back" \
    says "$work/out" 'all that clients write flows back into the source VPC 10\.10\.0\.0/16' 'hipaa'
check "it lists the flow back" says "$work/out" '10\.10\.0\.10 to 10\.20\.0\.10 port 5432'

load_start window
snapshots before
ece_start run /root/m.json
check "the run comes to its gate" until_true 120 track_at orders approve
ece rollback --as tester
check "a rollback before the cutover is refused" ended_with 4
check "and abort is named" says "$work/err" "ece-migrate abort orders"
ece approve --as another
check "the window opens" until_true 120 window_is_open
check "the clients are served by the target" clients_served_by "$target_address"
check "status shows its end and the lag" shows_the_lag
check "the old source follows the target" source_follows
check "and is closed to everybody else" source_is_closed
by_client "CREATE TABLE in_window AS SELECT 4711 AS n"
ece abort --as tester
check "an abort is asked for" ended_with 0
check "and refused, with the rollback named" until_true 10 \
    log_says 1 "'ece-migrate rollback orders' takes the clients back"

ece rollback --as tester --comment "ticket 4711"
check "a rollback is asked for" ended_with 0
check "the runner ends as one that was taken back" runner_ended_with 18
check "the clients are served by the source" clients_served_by "$source_address"
check "they write there" clients_write_on
check "what was written in the window is there" window_was_kept
check "both sides were equal at the cut, and at the cut back" log_says 2 "equal at the cut: "
by_client "DROP TABLE in_window" >/dev/null
snapshots after
check "every host is as it was" same before after
load_stop
check "no write failed, was lost or stands twice" load_is_whole "$source_address"
load_note
check "no client waited longer than was promised" load_stalled_below 300
check "the journal is whole" journal_is_whole
check "the tunnel is gone" tunnel_is_gone
check "the source's configuration is byte for byte what it was" config_is_as_before
lab_end
