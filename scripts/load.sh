# shellcheck shell=bash
# The writing clients on 'app': started in the background, stopped, and asked what they lost.
# Needs common.sh.
# shellcheck disable=SC2154  # 'checkout', 'load_program' and 'proxy' come from common.sh

# The pace at which two cores do not become what is measured: about 800 to 1600 rows a second.
load_rate() { if [ "$1" -le 16 ]; then echo 100; else echo 25; fi; }

# load_fill MB: the service's own data, before anything is measured
load_fill() { on app "$load_program" fill --conninfo "$proxy" --mb "$1" >/dev/null; }

# load_start RUN OPTION...: returns when every client that starts at once has written
load_start() {
    load_run=$1
    shift
    load_said=$(mktemp)
    # shellcheck disable=SC2016  # for the bash on app
    on app bash -c 'echo $$ >/root/load.pid; exec "$@"' load \
        "$load_program" run --conninfo "$proxy" --run "$load_run" --seconds 100000 \
        --ledger "/root/$load_run.ledger" "$@" >"$load_said" 2>>"$load_said.errors" &
    load_job=$!
    wait_until 60 test -s "$load_said" || {
        cat "$load_said.errors" >&2
        echo "the load did not start" >&2
        return 1
    }
}

# Each client finishes the row that it is at, and the ledger is written.
load_stop() {
    # shellcheck disable=SC2016  # for the bash on app
    on app bash -c 'kill -TERM "$(cat /root/load.pid)"; rm /root/load.pid'
    wait "$load_job" || {
        cat "$load_said.errors" >&2
        return 1
    }
    rm -f "$load_said" "$load_said.errors"
}

# load_verify [SINCE_MS UNTIL_MS]: prints ece-load's verdict, one line of JSON. A loss is in the
# line; only a table that could not be read makes this fail.
load_verify() {
    local window=() status=0
    [ $# -eq 0 ] || window=(--since "$1" --until "$2")
    on app "$load_program" verify --conninfo "$proxy" --run "$load_run" \
        --ledger "/root/$load_run.ledger" "${window[@]}" || status=$?
    [ "$status" -le 1 ]
}

# The ledger is no part of what the host was like before.
load_forget() { on app rm -f "/root/$load_run.ledger"; }
