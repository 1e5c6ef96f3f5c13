-- The target in one row. $1 our role.
SELECT pg_is_in_recovery()                                                        AS standby,
       coalesce(pg_last_wal_receive_lsn() - '0/0', 0)::text                       AS received,
       (CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0')
             ELSE pg_current_wal_lsn() END - '0/0')::text                         AS applied,
       coalesce((extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000000)::bigint, 0) AS commit_us,
       EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')       AS streaming,
       to_regclass($1 || '.canary') IS NOT NULL                                   AS canary
