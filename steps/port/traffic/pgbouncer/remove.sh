# remove.sh DIR RUN_DIR ID: the guard's files go, and the spare configurations that its plan names. A guard that is at work keeps them.
set -eu
dir=$1 run=$2 id=$3
if [ -x "$dir/ece-guard" ]; then
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        "$dir/ece-guard" see "$dir" 2>/dev/null | grep -q '"alive":true' || break
        sleep 1
    done
    if "$dir/ece-guard" see "$dir" 2>/dev/null | grep -q '"alive":true'; then
        echo "the guard is at work in '$dir'" >&2
        exit 1
    fi
fi
if [ -f "$dir/plan" ]; then
    sed -n 's/^config_\(source\|target\)=//p' "$dir/plan" | while IFS= read -r spare; do
        case $spare in *.ece-"$id"-source | *.ece-"$id"-target) rm -f -- "$spare" ;; esac
    done
fi
rm -rf -- "$dir" "$run"
