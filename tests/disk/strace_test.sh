#!/bin/sh
# The recorder against the kernel: the same migration is written down by strace(1) from outside and by tests/disk/disk.c from inside,
# and both must have seen the same calls below the same directory, kind by kind and in the same order. A call that the recorder missed
# would be a power cut that is never tried.
#
# usage: strace_test.sh DISK_TRACE   (the program tests/disk/trace_main.c)
set -u

if ! strace -o /dev/null true 2>/dev/null; then
    echo "SKIPPED strace_test: strace cannot trace here" >&2
    exit 77
fi
work=$(mktemp -d /tmp/ece-strace-XXXXXX) || exit 2
trap 'rm -rf "$work"' EXIT

ASAN_OPTIONS=detect_leaks=0 strace -f -y -qq -o "$work/strace" -e signal=none \
    -e trace=openat,open,creat,pwrite64,write,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range,msync,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlink,symlinkat \
    "$1" >"$work/inside" || { echo "the traced program failed" >&2; exit 1; }
base=$(sed -n 's/^base //p' "$work/inside")
rm -rf "${base:?}"

# Only calls that succeeded and change something or make it safe; an open counts when it makes a file.
grep -F "$base" "$work/strace" | grep -v ' = -1 ' | grep -v ' = ? ' | awk -v base="$base" '
    { call = $2; sub(/\(.*/, "", call) }
    call == "openat" || call == "open" || call == "creat" { next }
    call == "mkdir" || call == "mkdirat" { if ($0 ~ base "\"") next; print "mkdir"; next }
    call ~ /^p?write/ && $0 !~ "\\([0-9]+<" base { next } # what it prints has the name in it too
    call ~ /^p?write/ { print "write"; next }
    call ~ /truncate|fallocate/ { print "resize"; next }
    call ~ /sync/ { print "sync"; next }
    call ~ /^unlink/ { print "unlink"; next }
    call ~ /^rename/ { print "rename"; next }
    { print call }' >"$work/outside.calls"
sed -n 's/^call //p' "$work/inside" | grep -v '^create$' >"$work/inside.calls"

if ! cmp -s "$work/inside.calls" "$work/outside.calls"; then
    echo "FAILED: the recorder and strace saw different calls" >&2
    diff "$work/inside.calls" "$work/outside.calls" | head -20 >&2
    exit 1
fi
calls=$(wc -l <"$work/inside.calls")
[ "$calls" -gt 1000 ] || { echo "FAILED: only $calls calls" >&2; exit 1; }
echo "the recorder and strace saw the same $calls calls"
