# shellcheck shell=bash
# The Debian packages that the project needs, and how they are installed: the only such list, for
# scripts/demo.sh, scripts/test.sh and the benchmarks alike.
# shellcheck disable=SC2034  # the lists are for who includes this file

packages_build=(build-essential cmake ninja-build pkg-config check
    libsqlite3-dev libjansson-dev libssh2-1-dev libpq-dev libssl-dev strace)
packages_lab=(iproute2 nftables conntrack util-linux procps openssl openssh-client openssh-server
    zsh fish groff-base systemd postgresql-15 postgresql-client-15 pgbouncer wireguard-tools wireguard-go jq)
packages_bench=(iperf3 pgcopydb)
packages_fuzz=(clang libclang-rt-dev)
packages_check=(jq clang-format cppcheck shellcheck ccache)
packages_check_all=(clang-tidy gcovr valgrind)

# packages_missing NAME...: prints those that are not installed, one a line
packages_missing() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

# Installing servers would start them on this machine; they are wanted in the lab only. Debian asks
# /usr/sbin/policy-rc.d before it starts a service: one that says no stands there meanwhile.
packages_apt() (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 0755 $policy
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
)

# packages_install NAME...: installs what is missing; says nothing and asks nobody when all is there
packages_install() {
    local missing=() log
    mapfile -t missing < <(packages_missing "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing ${missing[*]}" >&2
    [ "$(id -u)" = 0 ] || {
        echo "packages are missing, and only root can install them" >&2
        return 1
    }
    log=$(mktemp)
    packages_apt "${missing[@]}" >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "apt-get could not install what is missing" >&2
        return 1
    }
    rm -f "$log"
}
