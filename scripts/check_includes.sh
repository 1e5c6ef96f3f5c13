#!/bin/sh
# Reads every #include line and fails when one points up, from one step, driver or command to another, or when a third-party
# header is included by more than one module. Usage: check_includes.sh [project root]
set -eu
cd "${1:-$(dirname "$0")/..}"

find base state steps orchestrator tests -name '*.[ch]' 2>/dev/null | sort | while read -r file; do
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\([^">]*\)[">].*/\1/p' "$file" |
        while read -r header; do echo "$file $header"; done
done | awk '
# The floors of the house, first match decides; a higher number may include a lower one and its own.
function floor(path) {
    if (path ~ /^tests\//)                            return 10
    if (path ~ /^orchestrator\/cli\//)                return 9
    if (path ~ /^orchestrator\/machine\./)            return 7
    if (path ~ /^orchestrator\//)                     return 8
    if (path ~ /^steps\/(step|path|final|following|rate|rollback|window)/)  return 6
    if (path ~ /^steps\/port\//)                      return 5
    if (path ~ /^steps\/wire\//)                      return 4
    if (path ~ /^steps\/spec/)                        return 3
    if (path ~ /^steps\/guard\//)                     return 5
    if (path ~ /^state\/(store|schema|digest|holder)[_.\/]/) return 1
    if (path ~ /^state\//)                            return 2
    if (path ~ /^base\//)                             return 0
    return -1
}
# Brothers that must not know each other: step_<name>, port/<port>/<driver>, cmd_<name>. A family of files shares its first word.
function brother(path) {
    if (match(path, /^steps\/step_[^_.\/]*/))                 return substr(path, 1, RLENGTH)
    if (match(path, /^steps\/port\/[^\/]*\/[^_.\/]*/))        return substr(path, 1, RLENGTH)
    if (match(path, /^orchestrator\/cli\/cmd_[^_.\/]*/))      return substr(path, 1, RLENGTH)
    return ""
}
function kind(path) {
    if (path ~ /^steps\/step_/)            return "step"
    if (path ~ /^steps\/port\/[^\/]*\//)   return "driver"
    if (path ~ /^orchestrator\/cli\/cmd_/) return "command"
    return ""
}
# Third-party headers by library; everything else in <> is the C library.
function library(header) {
    if (header ~ /^sqlite3/)                return "sqlite3"
    if (header ~ /^openssl\//)              return "openssl"
    if (header ~ /^jansson/)                return "jansson"
    if (header ~ /^libssh2/)                return "libssh2"
    if (header ~ /^curl\//)                 return "libcurl"
    if (header ~ /^(libpq|postgres_ext)/)   return "libpq"
    return ""
}
# store.c and store_open.c are one module, state/store.
function module(path,   dir, name) {
    dir = name = path
    sub(/[^\/]*$/, "", dir)
    sub(/^.*\//, "", name)
    sub(/[_.].*$/, "", name)
    return dir name
}
function fail(text) { print text; bad = 1 }
{
    seen++
    file = $1; header = $2
    up = floor(header)
    if (up >= 0) {
        if (up > floor(file))
            fail(file ": includes " header ", which is on floor " up ", from floor " floor(file))
        if (kind(file) != "" && kind(file) == kind(header) && brother(file) != brother(header))
            fail(file ": includes " header ", but a " kind(file) " knows no other " kind(file))
        if (file !~ /^tests\// && header ~ /^tests\//)
            fail(file ": includes " header " of the tests")
    }
    # The guard is a program of its own, with sessions of its own.
    lib = library(header) (library(header) != "" && file ~ /^steps\/guard\// ? " of the guard" : "")
    if (lib != "" && file !~ /^tests\//) {
        if (lib in owner && owner[lib] != module(file))
            fail(file ": includes " header ", but " lib " belongs to " owner[lib] " alone")
        owner[lib] = module(file)
    }
}
END {
    if (!seen) fail("no #include line found: wrong project root?")
    exit bad
}'
