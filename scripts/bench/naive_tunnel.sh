#!/bin/bash
# The usual runbook, first part, as it is typed on the operator's host: a WireGuard tunnel between
# the two gateways. $1 is the interface's MTU; a runbook takes WireGuard's own 1420.
set -euo pipefail
mtu=${1:-1420}

for gateway in sgw tgw; do
    ssh $gateway 'ip link add wg0 type wireguard 2>/dev/null || wireguard-go wg0' >/dev/null 2>&1
    ssh $gateway 'umask 077; wg genkey >/etc/wireguard/wg0.key'
    ssh $gateway 'wg set wg0 private-key /etc/wireguard/wg0.key listen-port 51820'
done
source_key=$(ssh sgw wg show wg0 public-key)
target_key=$(ssh tgw wg show wg0 public-key)

ssh sgw ip address add 169.254.77.1/30 dev wg0
ssh sgw ip link set wg0 mtu "$mtu" up
ssh sgw ip route add 10.20.0.10/32 dev wg0
ssh tgw ip address add 169.254.77.2/30 dev wg0
ssh tgw ip link set wg0 mtu "$mtu" up
# The ECE side has no default route.
ssh tgw ip route add 203.0.113.10/32 via 198.51.100.1
ssh tgw ip route add 10.10.0.10/32 dev wg0

ssh sgw wg set wg0 peer "$target_key" endpoint 198.51.100.20:51820 \
    allowed-ips 169.254.77.2/32,10.20.0.10/32
ssh tgw wg set wg0 peer "$source_key" endpoint 203.0.113.10:51820 \
    allowed-ips 169.254.77.1/32,10.10.0.10/32 persistent-keepalive 5

for _ in $(seq 50); do
    ! ssh tdb 'timeout 1 bash -c "exec 3<>/dev/tcp/10.10.0.10/5432"' 2>/dev/null || exit 0
    sleep 0.1
done
echo "nothing comes through the tunnel" >&2
exit 1
