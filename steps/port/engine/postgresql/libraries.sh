# What a pg_basebackup can take apart: prints zstd and lz4, one a line.   $1 directory of the programs
for library in zstd lz4; do
    ! grep -q "lib$library\.so" "$1/pg_basebackup" || echo $library
done
