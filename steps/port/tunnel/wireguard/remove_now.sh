# Removes the tunnel from this gateway because somebody asked.
#include remove.sh
lock
remove </dev/null
