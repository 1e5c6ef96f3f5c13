# shellcheck shell=bash
# The orchestrator dies by kill -9 in the middle of the cutover; the guard alone must serve the
# clients again, on one side only. Needs cutover.sh and what that needs.
# shellcheck disable=SC2034,SC2154  # names of these

# Where in the cut it dies: before the decision and after it.
kill_moments=(fence promote)

# kill_stage MOMENT: a migration at its gate that will be killed at that moment of the cut
kill_stage() { cutover_stage '.services[0].limits.guard_ms = 200'; }

# Which side the clients are on, as a row of their own says.
kill_outcome() {
    case $(on app psql -XAtqd "$proxy" -c 'SELECT inet_server_addr()') in
    10.10.0.10) echo returned ;;
    10.20.0.10) echo switched ;;
    esac
}
