# users.sh FILE: how many users of PgBouncer's auth_file have a password in clear text. Only the
# number leaves the host. Changes nothing.
set -u
awk -F '"' 'function hashed(text) {
        return text ~ /^SCRAM-SHA-256\$/ || (text ~ /^md5[0-9a-f]+$/ && length(text) == 35)
    }
    NF >= 4 && $4 != "" && !hashed($4) { n++ }
    END { printf "clear=%d\n", n }' "$1" 2>/dev/null
echo end=1
