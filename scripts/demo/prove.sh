# shellcheck shell=bash
# The proof, by those who were not asked to believe anything: the clients' own ledger, the hosts'
# state before and after, and packets that must not arrive any more.
# Needs common.sh, load.sh, migrate.sh, talk.sh, traces.sh.
# shellcheck disable=SC2154  # names of demo.sh and its parts

of_verdict() { jq -r ".$1" <<<"$load_verdict"; }

prove_clients() {
    load_verdict=$(load_verify)
    fact "rows written and acknowledged" "$(of_verdict acked)"
    verdict "of these, lost" "$(of_verdict lost)" 0
    verdict "written twice" "$(of_verdict duplicated)" 0
    verdict "attempts that failed" "$(of_verdict failed)" 0
    fact "longest wait of any client" "$(of_verdict 'stall_max_ms * 10 | round / 10') ms"
    fact "usual wait (median)" "$(of_verdict 'stall_p50_ms * 10 | round / 10') ms"
}

# Prints 'open' when a TCP connect from HOST to ADDRESS PORT succeeds, else 'closed'.
knock() {
    # shellcheck disable=SC2016  # for the bash on the host
    on "$1" timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>/dev/null && echo open || echo closed
}

prove_tunnel_gone() {
    verdict "clients reach the new database" "$(knock app 10.20.0.10 5432)" open
    verdict "new database to old host" "$(knock tdb 10.10.0.10 22)" closed
    verdict "old host to new database" "$(knock sdb 10.20.0.10 5432)" closed
}

prove_no_traces() {
    traces_snapshot "$work/after"
    traces "$work/before" "$work/after" >"$work/traces"
    traces_left=$(wc -l <"$work/traces")
    verdict "traces left on the six hosts" "$traces_left" 0
    sed 's/^/      /' "$work/traces"
}
