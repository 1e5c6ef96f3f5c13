# What a server's configuration says of a setting, without what is in its data directory (our own lines among it).
#   $1 directory of the programs   $2 postgresql.conf   $3 the setting
"$1/postgres" -C "$3" -D "${2%/*}" -c "config_file=$2" -c data_directory=/nonexistent 2>/dev/null
