# shellcheck shell=sh
# What several cases need. A case's cmd is read by sh in a fresh directory, with the program in PATH.

# good_file FILE: a migration file without a fault, and the files that it names.
good_file() {
    ece-migrate init | sed "s|/etc/ece-migrate|$PWD|; s|SHA256:A|SHA256:B|" >"$1"
    printf '%s\n' '-----BEGIN EC PRIVATE KEY-----' >id_ed25519
    echo secret >source-admin
    echo secret >target-admin
    chmod 0600 id_ed25519 source-admin target-admin
}
