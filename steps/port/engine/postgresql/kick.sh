# Ends the process that receives the log, so that the server starts another one.   $1 data directory
set -eu
pid=$(sed -n 1p "$1/postmaster.pid")
for child in $(pgrep -P "$pid"); do
    case $(tr '\0' ' ' <"/proc/$child/cmdline") in
    *walreceiver*) kill -TERM "$child" ;;
    esac
done
