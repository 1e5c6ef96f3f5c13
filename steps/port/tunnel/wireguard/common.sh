# shellcheck shell=sh disable=SC2034
# What every script of this driver begins with: its arguments, and the words made from them. An
# argument is key=value; a key that may come more than once (remote, flow) gathers its values.
# Nothing here is secret, as an ECE logs both arguments and standard input.
set -u
umask 077
export LC_ALL=C
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

id='' link='' table='' mark='' metric='' port='' mtu='' lease='' next_hop=''
probe_port='' flow_to='' flow_port='' tries=1 limit=3 linger=3
address='' inner='' peer_address='' peer_wan='' peer_key='' remotes='' flows=''
for argument; do
    value=${argument#*=}
    case ${argument%%=*} in
    id) id=$value ;;
    link) link=$value ;;
    table) table=$value ;;
    mark) mark=$value ;;
    metric) metric=$value ;;
    port) port=$value ;;
    mtu) mtu=$value ;;
    lease) lease=$value ;;
    linger) linger=$value ;;
    probe_port) probe_port=$value ;;
    flow_to) flow_to=$value ;;
    flow_port) flow_port=$value ;;
    tries) tries=$value ;;
    limit) limit=$value ;;
    next_hop) next_hop=$value ;;
    address) address=$value ;;
    inner) inner=$value ;;
    peer_address) peer_address=$value ;;
    peer_wan) peer_wan=$value ;;
    peer_key) peer_key=$value ;;
    remote) remotes="$remotes $value" ;;
    flow) flows="$flows $value" ;;
    esac
done
base=/run/ece-$id
run=$base/tunnel
label="ece-migrate $id"
proto=177

# Says why and ends: 1 for what went wrong, 40 for what is in the way and not ours.
die() {
    echo "$*" >&2
    exit 1
}
die_foreign() {
    echo "$*" >&2
    exit 40
}
have() { command -v "$1" >/dev/null 2>&1; }

# Only one script at a time changes the tunnel: the watcher's end and a person's resume may meet.
# The directory /run itself is the lock, so that nothing of it stays.
lock() {
    have flock || return 0
    exec 9</run
    flock -w 20 9 || die "another change of the tunnel has been under way for 20 s"
}

uptime_s() {
    read -r uptime_now _ </proc/uptime
    echo "${uptime_now%.*}"
}

# wg(8) asks wireguard-go through a socket: a stopped daemon must not stop us.
wg_show() { timeout 3 wg show "$link" "$@" 2>/dev/null; }

# A name alone does not make a thing ours: the link's alias, the table's comment, or the run
# directory, which prepare makes first, must say so too.
has_run() { [ -e "$run/owner" ]; }
has_link() { ip -o link show dev "$link" >/dev/null 2>&1; }
has_table() { nft -s list table inet "$table" >/dev/null 2>&1; }
owns_link() { has_run || ip -o link show dev "$link" | grep -qF "alias $label"; }
owns_table() { has_run || nft -s list table inet "$table" | grep -qF "comment \"$label\""; }
refuse_foreign() {
    if has_link && ! owns_link; then die_foreign "interface '$link' is there and not ours"; fi
    if has_table && ! owns_table; then die_foreign "nft table 'inet $table' is there and not ours"; fi
}

# The rules as they stand, without what moves by itself: counters and the elements of the two sets.
rules_text() {
    nft -s list table inet "$table" | sed -e '/elements = {.*}/d' -e '/elements = {/,/}/d'
}

# Process ids whose arguments hold exactly this word. The word goes in by standard input, or grep
# would find itself.
processes_with() {
    # shellcheck disable=SC2062
    printf '%s\n' "$1" | grep -lzxF -f - /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3
}
daemon_pids() {
    for pid in $(processes_with "$link"); do
        read -r comm 2>/dev/null <"/proc/$pid/comm" || continue
        [ "$comm" != wireguard-go ] || echo "$pid"
    done
}
watcher_pids() {
    for pid in $(processes_with "$run/watch.sh"); do
        [ "$pid" = "$$" ] || echo "$pid"
    done
}
listener_pids() { processes_with "$run/listen"; }

# Each flow in the three forms that nft wants: both directions of hosts, and the tuple.
flow_pairs() {
    for flow in $flows; do
        rest=${flow#*,}
        echo "${flow%%,*} . ${rest%%,*},"
        echo "${rest%%,*} . ${flow%%,*},"
    done | sort -u
}
flow_tuples() { # $1: what follows each tuple
    for flow in $flows; do
        rest=${flow#*,}
        echo "${flow%%,*} . ${rest%%,*} . ${rest#*,}${1:-},"
    done | sort -u
}
