#!/bin/bash
# Makes the table of docs/reliability.md and the README's line about it from docs/reliability.jsonl,
# which only runs write: each line tells how often a kind of fault was tried and what came of it.
# The newest run of a kind counts, whole: nothing is added up over runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'USAGE'
usage: reliability.sh              write the table and the README's line anew
       reliability.sh --take FILE  first put what a run has written (ECE_RELIABILITY, or
                                   fire.sh --out) in the place of older runs of the same faults
       reliability.sh --check      fail when the documents and the data disagree
USAGE
}

data=docs/reliability.jsonl
table_file=docs/reliability.md
line_file=README.md

# Lines that are no such record are told, not dropped.
well_formed() {
    jq -e -s 'all(.[]; (.fault | type == "string") and (.command | type == "string") and
        (.tried | type == "number") and (.broken | type == "number"))' "$1" >/dev/null || {
        echo "reliability.sh: '$1' has a line without fault, tried, broken or command" >&2
        return 1
    }
}

# take FILE: the last line of each fault wins, in the place where the fault stood first
take() {
    local merged
    well_formed "$1"
    merged=$(cat "$data" "$1" 2>/dev/null | jq -c -s 'reduce .[] as $row ({order: [], row: {}};
        .order += (if .row[$row.fault] then [] else [$row.fault] end) | .row[$row.fault] = $row)
        | .row as $rows | .order[] | $rows[.]')
    printf '%s\n' "$merged" >"$data"
}

table() {
    echo '| fault | tried | invariants broken | parked | lost | doubled | failed | longest stall, ms | repeated by |'
    echo '|---|---|---|---|---|---|---|---|---|'
    jq -r 'def cell: if . == null then "–" else tostring end;
        def text: gsub("\\|"; "\\|");
        "| \(.fault | text)\(if .reconnect_max_ms then " (replication was back after \(.reconnect_max_ms) ms at most)" else "" end) | \(.tried) | \(if .broken == 0 then "0" else "**\(.broken)**" end) | \(.parked | cell) | \(.lost | cell) | \(.duplicated | cell) | \(.failed | cell) | \(.stall_max_ms | cell) | `\(.command | text)` |"' "$data"
}

line() {
    jq -r -s 'def sum(f): map(f // 0) | add // 0;
        "\(sum(.tried)) faults of \(length) kinds tried, \(sum(.broken)) invariants broken, \(sum(.lost)) acknowledged writes lost, \(sum(.duplicated)) doubled: [the table](docs/reliability.md)."' "$data"
}

# between FILE NAME COMMAND: prints FILE with what COMMAND says between the markers of that name
between() {
    local begin="<!-- $2: begin, made by scripts/reliability.sh -->" end="<!-- $2: end -->"
    [ "$(grep -cxF -e "$begin" -e "$end" "$1")" = 2 ] || {
        echo "reliability.sh: '$1' has no markers '$2'" >&2
        return 1
    }
    BEGIN=$begin END=$end TEXT=$($3) awk '
        $0 == ENVIRON["END"] { inside = 0 }
        !inside { print }
        $0 == ENVIRON["BEGIN"] { inside = 1; print ENVIRON["TEXT"] }' "$1"
}

write() {
    local new
    new=$(between "$1" "$2" "$3")
    printf '%s\n' "$new" >"$1"
}

agree() {
    between "$1" "$2" "$3" | diff -u --label "$1" --label "what the data says" "$1" - || {
        echo "reliability.sh: '$1' is not what '$data' says: run scripts/reliability.sh" >&2
        return 1
    }
}

case ${1:-} in
--take)
    [ $# = 2 ] || { usage >&2 && exit 2; }
    take "$2"
    ;;&
--take | '')
    well_formed "$data"
    write "$table_file" table table
    write "$line_file" reliability line
    ;;
--check)
    well_formed "$data"
    agree "$table_file" table table
    agree "$line_file" reliability line
    ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
