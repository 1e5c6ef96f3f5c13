# Makes a server read its configuration again, without a session.   $1 data directory
set -eu
pid=$(sed -n 1p "$1/postmaster.pid")
case $(readlink "/proc/$pid/exe") in
*/postgres | */postgres\ *) kill -HUP "$pid" ;;
*) echo "no server runs in $1" >&2 && exit 1 ;;
esac
