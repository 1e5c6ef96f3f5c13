# shellcheck shell=bash
# What a lab host is called, where it lives, and how to enter it.
# shellcheck disable=SC2034,SC2154  # 'state' and 'name' are set by lab.sh; the lists are for others

lab_root=/run/ece-lab
lab_hosts=(wan net op sgw sdb tgw tdb app)
ssh_hosts=(op sgw sdb tgw tdb app)
# Segments without a host of their own: one bridge for each VPC.
lab_spaces=("${lab_hosts[@]}" lan)
lab_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() {
    echo "lab.sh: $*" >&2
    exit 2
}

netns_of() { echo "ece-lab-$name-$1"; }

# The address at which the operator's ssh finds a host.
address_of() {
    case $1 in
    op) echo 192.0.2.5 ;;
    net) echo 192.0.2.200 ;;
    app) echo 192.0.2.30 ;;
    sgw) echo 203.0.113.10 ;;
    sdb) echo 10.10.0.10 ;;
    tgw) echo 198.51.100.20 ;;
    tdb) echo 10.20.0.10 ;;
    wan) echo 192.0.2.1 ;;
    esac
}

# The gateway through which the operator reaches a host; empty when there is a direct way.
jump_of() {
    case $1 in
    sdb) echo sgw ;;
    tdb) echo tgw ;;
    esac
}

host_pid() {
    local pid
    pid=$(cat "$state/$1/pid" 2>/dev/null) || die "no host '$1' in lab '$name': is it up?"
    # A number alone could be another process by now: it must live in the host's own namespace.
    [ "$(readlink "/proc/$pid/ns/net" 2>/dev/null)" = \
        "$(stat -L -c 'net:[%i]' "/run/netns/$(netns_of "$1")" 2>/dev/null)" ] ||
        die "host '$1' of lab '$name' is dead"
    echo "$pid"
}

# Runs a command on a host (a login shell when there is none) with a clean environment, in /root.
# When lab.sh is killed the command gets SIGTERM, so a test can end what it started.
host_enter() {
    local host=$1 pid
    shift
    pid=$(host_pid "$host")
    [ $# -gt 0 ] || set -- bash -l
    exec nsenter -t "$pid" -m -u -i -n -p -- setpriv --pdeathsig TERM \
        env -i -C /root PATH="$lab_path" HOME=/root USER=root LOGNAME=root LANG=C.UTF-8 \
        TERM="${TERM:-dumb}" "$@"
}

host_run() { (host_enter "$@"); }
