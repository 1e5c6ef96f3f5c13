#!/bin/bash
# Installs a build into a folder of its own and looks at what is there: a man page of each command
# that groff takes without a warning, completions that their shells understand, and a unit whose
# exposure is at most 1.5. A tool that is not here is named, and its part left out.
# usage: install_test.sh BUILD_DIR ECE_MIGRATE
set -euo pipefail
build=$1 program=$2
prefix=$(mktemp -d /tmp/ece-install-XXXXXX)
trap 'rm -rf "$prefix"' EXIT
failed=0

not_ok() { echo "not ok - $*" && failed=1; }
have() { command -v "$1" >/dev/null || { echo "left out: there is no $1 here" && return 1; }; }

cmake --install "$build" --prefix "$prefix" >/dev/null

for page in ece-migrate $("$program" help --json | jq -r '.commands[].name' | sed 's/^/ece-migrate-/'); do
    [ -s "$prefix/share/man/man1/$page.1" ] || { not_ok "no man page '$page'" && continue; }
    ! have groff || said=$(groff -man -ww -Tutf8 -z "$prefix/share/man/man1/$page.1" 2>&1)
    [ -z "${said:-}" ] || not_ok "man page '$page': $said"
done

unit=$prefix/lib/systemd/system/ece-migrate@.service
if have systemd-analyze; then
    exposure=$(systemd-analyze security --offline=true "$unit" | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
    awk -v e="$exposure" 'BEGIN { exit !(e > 0 && e <= 1.5) }' || not_ok "the unit's exposure is '$exposure'"
fi
# A wait for a person is no failure to be tried again, an unreachable host is.
prevented=" $(sed -n 's/^RestartPreventExitStatus=//p' "$unit") "
status_of() { "$program" help exit-status --json | jq ".exit_statuses[] | select(.name == \"$1\") | .status"; }
[[ $prevented == *" $(status_of waiting) "* ]] || not_ok "the unit starts again what waits for a person"
[[ $prevented != *" $(status_of unreachable) "* ]] || not_ok "the unit gives up on an unreachable host"

if have fish; then
    said=$(HOME=$prefix XDG_CONFIG_HOME=$prefix PATH=$(dirname "$program"):$PATH fish --no-config -c "
        source '$prefix/share/fish/vendor_completions.d/ece-migrate.fish'
        complete -C 'ece-migrate cidr --pa'" | cut -f1)
    [ "$said" = --parent ] || not_ok "fish completes '--pa' to '$said'"
fi
if have zsh; then
    zsh -n "$prefix/share/zsh/vendor-completions/_ece-migrate" || not_ok "zsh does not understand its completion"
fi
[ -x "$prefix/libexec/ece-migrate/ece-guard" ] || not_ok "the guard is not where the program looks for it"
[ "$("$prefix/bin/ece-migrate" version | head -n 1)" = "$("$program" version | head -n 1)" ] || not_ok "the installed program does not run"
[ $failed = 0 ] && echo "ok: everything is installed, and can be read"
exit $failed
