# shellcheck shell=bash
# Where the passwords of a lab, and the one that the program makes, may be and where not. The
# passwords themselves are the canaries: none may turn up in a file, an output or an argument.
# Needs lib.sh; $work/secrets holds them, one a line.
# shellcheck disable=SC2034,SC2154  # names of lib.sh, and for the test

# Where the lab itself keeps them: nowhere but with the operator and the clients, in /root. The proxy
# and the servers have verifiers.
lab_files=''
# Where the program keeps its role's, until the end.
our_files='sdb /run/ece-orders/pgpass
tdb /run/ece-orders/pgpass'

# The password of our role is made by the program: from now on it is looked for as well.
secret_of_our_role() {
    local password
    password=$(on tdb cut -d: -f5 /run/ece-orders/pgpass)
    check "our role has a password of its own" [ "${#password}" -ge 16 ]
    check "nobody but its user reads it" is "$(on tdb stat -c %a /run/ece-orders/pgpass)" 600
    echo "$password" >>"$work/secrets"
}

# Every file on the host with a secret in it. The needles go in by a file, not by an argument.
files_with_secrets() {
    lab sh "$1" -- bash -c 'umask 077 && cat >/dev/shm/needles &&
        find /run /tmp /var/lib /var/log /var/tmp /etc -xdev -type f -print0 2>/dev/null |
        xargs -0 grep -laFs -f /dev/shm/needles | sort
        rm /dev/shm/needles' <"$work/secrets"
}

# secrets_only_in "HOST FILE" lines, besides the lab's own
secrets_only_in() {
    local host
    for host in "${hosts[@]}" op; do files_with_secrets "$host" | sed "s|^|$host |"; done |
        sort >"$work/found"
    printf '%s\n' "$lab_files" "$1" | sed '/^$/d' | sort | diff - "$work/found"
}

# Looks at every process's arguments and environment, lab or not, again and again.
watch_argv() {
    : >"$work/argv"
    while :; do
        # Processes end while they are read; one that is us has no secret there.
        grep -laFs -f "$work/secrets" /proc/[0-9]*/cmdline /proc/[0-9]*/environ |
            while IFS= read -r file; do
                tr '\0' ' ' <"$file" >>"$work/argv" 2>/dev/null
                echo " <- $file" >>"$work/argv"
            done
        sleep 0.05
    done &
    watcher=$!
}

argv_was_clean() {
    # It must have looked, and it would have seen: a process of ours with a canary is found.
    local canary
    canary=$(head -n 1 "$work/secrets")
    bash -c 'sleep 2; :' "$canary" &
    until_true 10 grep -qF "$canary" "$work/argv" || { echo "the watch is blind" && return 1; }
    kill "$watcher"
    grep -vF "bash -c sleep 2; : $canary" "$work/argv" | grep . && return 1
    return 0
}

outputs_are_clean() {
    cat "$work/runner.out" "$work/runner.err" | grep -q cutover || { echo "little was said" && return 1; }
    ! grep -aF -f "$work/secrets" "$work"/runner.* "$work/out" "$work/err" &&
        ! on_op_state_has_secret
}

on_op_state_has_secret() {
    on op tar -C "$state_dir" -cf - . >"$work/state.tar"
    [ -s "$work/state.tar" ] && grep -acF -f "$work/secrets" "$work/state.tar"
}
