-- What a preflight must know of the source, as name and value. $1 our role, $2 the comment that marks it.
SELECT * FROM (VALUES
    ('version',                current_setting('server_version_num')),
    ('standby',                pg_is_in_recovery()::text),
    ('superuser',              (SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user)),
    ('user',                   current_user::text),
    ('ssl',                    current_setting('ssl')),
    ('wal_level',              current_setting('wal_level')),
    ('fsync',                  current_setting('fsync')),
    ('full_page_writes',       current_setting('full_page_writes')),
    ('data_checksums',         current_setting('data_checksums')),
    ('wal_log_hints',          current_setting('wal_log_hints')),
    ('archive_mode',           current_setting('archive_mode')),
    ('max_slot_wal_keep_size', (SELECT setting FROM pg_settings WHERE name = 'max_slot_wal_keep_size')),
    ('max_connections',           current_setting('max_connections')),
    ('max_worker_processes',      current_setting('max_worker_processes')),
    ('max_wal_senders',           current_setting('max_wal_senders')),
    ('max_prepared_transactions', current_setting('max_prepared_transactions')),
    ('max_locks_per_transaction', current_setting('max_locks_per_transaction')),
    ('max_replication_slots',     current_setting('max_replication_slots')),
    ('preload',                current_setting('shared_preload_libraries')),
    ('senders',                (SELECT count(*)::text FROM pg_stat_replication)),
    ('slots',                  (SELECT count(*)::text FROM pg_replication_slots WHERE slot_name <> $1)),
    ('standbys',               (SELECT string_agg(DISTINCT application_name, ', ') FROM pg_stat_replication
                                 WHERE usename <> $1)),
    ('slot_names',             (SELECT string_agg(slot_name, ', ' ORDER BY slot_name) FROM pg_replication_slots
                                 WHERE slot_name <> $1)),
    ('size',                   (SELECT sum(pg_database_size(oid))::text FROM pg_database)),
    ('tablespaces',            (SELECT string_agg(format('%s (%s)', spcname, pg_tablespace_location(oid)), ', ')
                                  FROM pg_tablespace WHERE pg_tablespace_location(oid) <> '')),
    ('prepared',               (SELECT string_agg(format('%L of %s in %s', gid, owner, database), ', ')
                                  FROM pg_prepared_xacts)),
    ('long',                   (SELECT string_agg(format('pid %s of %s in %s for %s s', pid, usename, datname,
                                                         extract(epoch FROM clock_timestamp() - xact_start)::int), ', ')
                                  FROM pg_stat_activity
                                 WHERE xact_start < clock_timestamp() - interval '60 s'
                                   AND backend_type = 'client backend')),
    ('subscriptions',          (SELECT string_agg(subname, ', ') FROM pg_subscription WHERE subenabled)),
    ('libc_collation',         (SELECT string_agg(datname || ' (' || datcollate || ')', ', ') FROM pg_database
                                 WHERE datallowconn AND datlocprovider = 'c'
                                   AND datcollate NOT IN ('C', 'POSIX') AND datcollate !~* '^C\.UTF-?8$')),
    ('icu_collation',          (SELECT string_agg(datname::text, ', ') FROM pg_database
                                 WHERE datallowconn AND datlocprovider = 'i')),
    ('stale_collation',        (SELECT string_agg(format('%s (made with %s, runs with %s)', datname, datcollversion,
                                                         pg_database_collation_actual_version(oid)), ', ')
                                  FROM pg_database
                                 WHERE datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
                                   AND datallowconn)),
    ('hba_error',              (SELECT 'line ' || line_number || ': ' || error FROM pg_hba_file_rules
                                 WHERE error IS NOT NULL ORDER BY line_number LIMIT 1)),
    ('role',                   (SELECT CASE WHEN shobj_description(oid, 'pg_authid') = $2 THEN 'ours' ELSE 'foreign' END
                                  FROM pg_roles WHERE rolname = $1)),
    ('slot',                   (SELECT CASE WHEN slot_type <> 'physical' THEN 'foreign' ELSE 'there' END
                                  FROM pg_replication_slots WHERE slot_name = $1)),
    ('schema',                 (SELECT 'there' FROM pg_namespace WHERE nspname = $1)),
    ('target_user',            (SELECT rolsuper::text FROM pg_roles WHERE rolname = $3)),
    ('max_wal_size',           (SELECT (setting::bigint * 1024 * 1024)::text FROM pg_settings WHERE name = 'max_wal_size'))
) AS fact (name, value)
