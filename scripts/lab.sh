#!/bin/bash
# The lab: two VPCs, a WAN between them, an application host and an operator host, made of
# namespaces on one machine. This file reads the command line; scripts/lab/*.sh do the work.
# It never touches the machine's own network, files or services: all that it makes lives in
# namespaces of its own and in /run/ece-lab/NAME.
set -euo pipefail

lab_scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lab
checkout=$(cd "$lab_scripts/../.." && pwd)

# shellcheck source=scripts/lab/hosts.sh
. "$lab_scripts/hosts.sh"
# shellcheck source=scripts/lab/lifecycle.sh
. "$lab_scripts/lifecycle.sh"
# shellcheck source=scripts/lab/wan.sh
. "$lab_scripts/wan.sh"

usage() {
    cat <<'USAGE'
usage: lab.sh [--name NAME] COMMAND

  up                   make the lab (default name: ece)
  down                 take it away, whatever state it is in; nothing stays
  status               what runs; exit status 0: up, 1: down, 2: damaged
  sh HOST [-- CMD...]  a shell, or one command, as root on a host
  pid HOST             the process id, on this machine, of the host's first process
  migration            print a migration file for this lab
  snapshot HOST        print the host's canonical state, for before and after
  shape RATE|off       limit the WAN between the gateways (for example 200mbit), both ways
  cut wan|sgw|tgw      drop tunnel packets between the gateways, or all packets of one gateway
  heal                 undo every cut

hosts: op (operator) sgw sdb (source VPC) tgw tdb (ECE) app (application, PgBouncer)
       net (plays the internet) wan (the router between them)

environment:
  ECE_LAB_DISK   size of each host's disk, as tmpfs takes it (default 50%)
  ECE_LAB_SHARE  further directories, colon-separated, that op and app see at their own path
USAGE
}

PATH=$lab_path
name=ece
if [ "${1:-}" = --name ]; then
    [ $# -ge 2 ] || die "'--name' wants a name"
    name=$2
    shift 2
fi
[[ $name =~ ^[a-z][a-z0-9-]{0,23}$ ]] || die "'$name' is no lab name: a-z, 0-9 and '-', at most 24"
state=$lab_root/$name
command=${1:-help}
[ $# -eq 0 ] || shift
case $command in help | --help | -h) usage && exit 0 ;; esac
[ "$(id -u)" = 0 ] || die "the lab makes namespaces: run it as root"

case $command in
up) lab_up ;;
down) lab_down ;;
status) lab_status ;;
sh)
    [ $# -ge 1 ] || die "'sh' wants a host"
    host=$1
    shift
    [ "${1:-}" != -- ] || shift
    host_enter "$host" "$@"
    ;;
pid)
    [ $# -eq 1 ] || die "'pid' wants a host"
    host_pid "$1"
    ;;
snapshot)
    [ $# -eq 1 ] || die "'snapshot' wants a host"
    host_enter "$1" setsid -w bash -c "$(cat "$lab_scripts/snapshot.sh")" lab-snapshot
    ;;
migration)
    # shellcheck source=scripts/lab/migration.sh
    . "$lab_scripts/migration.sh"
    migration_print
    ;;
shape)
    [ $# -eq 1 ] || die "'shape' wants a rate, or 'off'"
    wan_shape "$1"
    ;;
cut)
    [ $# -eq 1 ] || die "'cut' wants wan, sgw or tgw"
    wan_cut "$1"
    ;;
heal) wan_heal ;;
*)
    usage >&2
    exit 2
    ;;
esac
