#!/bin/bash
# The first process of a lab host. It runs in fresh mount, UTS, IPC and PID namespaces and in the
# host's network namespace; it makes the host's disk (an overlay over the machine's root that is
# kept in memory), moves into it, starts sshd, and then only collects dead children.
#
# /.lab/disk (the overlay's upper layer) and /.lab/lower (the machine's root) stay in sight for
# snapshot.sh: the upper layer is the exact difference between the host's disk and an empty one.
set -euo pipefail
host=$1
state=$2
root=$state/disk/root

make_disk() {
    mount -t tmpfs -o "mode=0755,size=$ECE_LAB_DISK" lab-disk "$state/disk"
    mkdir "$state/disk/upper" "$state/disk/work" "$root"
    mount -t overlay -o "lowerdir=/,upperdir=$state/disk/upper,workdir=$state/disk/work" \
        lab-root "$root"
    mkdir -m 0700 "$root/.lab"
    mkdir "$root/.lab/disk" "$root/.lab/lower" "$root/.lab/old"
    mount --bind "$state/disk" "$root/.lab/disk"
    mount --bind / "$root/.lab/lower"
    mount -o remount,bind,ro "$root/.lab/lower"
}

make_mounts() {
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=0755 run "$root/run"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    mount -t tmpfs -o mode=0700 root "$root/root"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
}

# The operator and the application host see the checkout at its own path, /tmp and /root included.
make_shares() {
    local dir dirs
    case $host in op | app) ;; *) return 0 ;; esac
    IFS=: read -ra dirs <<<"$ECE_LAB_SHARE"
    for dir in "${dirs[@]}"; do
        [ -d "$dir" ] || continue
        mkdir -p "$root/$dir"
        mount --bind "$dir" "$root/$dir"
    done
}

# The layer below may have host keys, name servers and clusters of its own; none is the host's.
make_own_files() {
    rm -f "$root"/etc/ssh/ssh_host_*
    rm -rf "$root"/etc/postgresql/15/main "$root"/var/lib/postgresql/15/main
    rm -rf "$root"/var/log/postgresql/*
    tar -C "$state/seed" -cf - . | tar -C "$root" --no-overwrite-dir -xpf -
}

main() {
    mount --make-rprivate /
    # Read before /proc is the host's own: this is our number on the machine.
    local pid
    read -r pid _ </proc/self/stat
    exec 3>"$state/pid"
    hostname "$host"
    make_disk
    make_mounts
    make_shares
    make_own_files
    cd "$root"
    pivot_root . .lab/old
    umount -l /.lab/old
    rmdir /.lab/old
    mkdir -m 0755 /run/sshd
    install -d -m 2775 -o postgres -g postgres /run/postgresql
    [ ! -e /etc/ssh/ssh_host_ed25519_key ] || /usr/sbin/sshd
    echo "$pid" >&3
    exec 3>&- >/dev/null 2>&1
    unset ECE_LAB_DISK ECE_LAB_SHARE
    exec -a lab-init bash -c 'while :; do sleep infinity & wait $!; done'
}

main
