#!/bin/bash
# Installs what is missing, builds everything with sanitizers, and runs every test there is. What a
# test says is shown when it fails. Further arguments are for ctest (for example -R story). Two tests
# at a time; those that make a lab have the machine for themselves.
# Tests that make a lab need root and say so when they are skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/packages.sh
. scripts/packages.sh
packages_install "${packages_build[@]}" "${packages_lab[@]}"

cmake --preset asan
cmake --build --preset asan
exec ctest --preset asan --parallel 2 "$@"
