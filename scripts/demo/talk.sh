# shellcheck shell=bash
# How the demo talks: numbered sections, indented lines, and colour only for people.

section_number=0
bold='' plain='' red='' green=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' plain=$'\e[0m' red=$'\e[31m' green=$'\e[32m'
fi

section() {
    section_number=$((section_number + 1))
    printf '\n%s%d. %s%s\n' "$bold" "$section_number" "$1" "$plain"
}

say() { printf '   %s\n' "$*"; }

# verdict WHAT VALUE WANTED: one line of a table, marked good or bad
verdict() {
    local mark="${green}ok${plain}"
    [ "$2" = "$3" ] || mark="${red}NOT $3${plain}"
    printf '   %-34s %12s   %s\n' "$1" "$2" "$mark"
}

fact() { printf '   %-34s %12s\n' "$1" "$2"; }

seconds_since() { awk -v ms="$(($(now_ms) - $1))" 'BEGIN { printf "%.1f", ms / 1000 }'; }
