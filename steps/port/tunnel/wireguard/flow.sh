# shellcheck shell=sh disable=SC2154
# On the host that will use a flow: can it connect, how long does that take, does the service answer? An
# SSLRequest of PostgreSQL (8 bytes, to be answered by S or N) makes it speak; any answer counts.
#include common.sh

try() { # $1: seconds it may take; $2: yes when the service is to answer
    # shellcheck disable=SC2016  # for that bash
    timeout "$1" bash -c '
        stamp() { now=${EPOCHREALTIME:-$(date +%s.%6N)}; echo "${now/./}"; }
        begin=$(stamp)
        exec 3<>"/dev/tcp/$0/$1" || exit 1
        echo "connect_us=$(($(stamp) - begin))"
        [ "$2" = yes ] || exit 0
        printf "\0\0\0\010\004\322\026\057" >&3
        IFS= read -r -N 1 -t 2 -u 3 answer && echo "answer=$answer"
        exit 0
    ' "$flow_to" "$flow_port" "${2:-no}" 2>&1
}

flow() {
    have bash || die "bash is not installed"
    echo '#ece-begin'
    said=$(try "$limit" yes)
    status=$?
    case $status,$said in
    # A service that takes the connection and then says nothing until the limit is reached, too.
    *connect_us=*)
        echo "$said"
        echo result=connected
        count=1
        while [ "$count" -lt "$tries" ]; do
            try "$limit"
            count=$((count + 1))
        done
        ;;
    124,*) echo result=timeout ;;
    *"Connection refused"*) echo result=refused ;;
    *) echo result=unreachable ;;
    esac
    echo '#ece-end'
}
flow </dev/null
