-- The source in one row. $1 our role and slot, $2 the comment that marks our role.
SELECT pg_is_in_recovery()                                                        AS standby,
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
             ELSE pg_current_wal_flush_lsn() END - '0/0')::text                   AS position,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint                  AS now_us,
       CASE WHEN r.oid IS NULL THEN 'none'
            WHEN shobj_description(r.oid, 'pg_authid') = $2 THEN 'ours'
            ELSE 'foreign' END                                                    AS role,
       to_regclass($1 || '.canary') IS NOT NULL                                   AS canary,
       CASE WHEN s.slot_name IS NULL THEN 'none'
            WHEN s.slot_type <> 'physical' THEN 'foreign'
            WHEN w.pid IS NOT NULL AND w.usename <> $1 THEN 'foreign'
            ELSE 'ours' END                                                       AS slot,
       coalesce(s.active, false)                                                  AS active,
       coalesce(s.wal_status = 'lost', false)                                     AS lost,
       CASE WHEN s.restart_lsn IS NULL OR pg_is_in_recovery() THEN 0
            ELSE (pg_current_wal_lsn() - s.restart_lsn)::bigint END               AS held,
       b.backup_streamed                                                          AS copied,
       b.backup_total                                                             AS total
  FROM (SELECT) AS one
  LEFT JOIN pg_roles r ON r.rolname = $1
  LEFT JOIN pg_replication_slots s ON s.slot_name = $1
  LEFT JOIN pg_stat_replication w ON w.pid = s.active_pid
  LEFT JOIN (SELECT p.backup_streamed, p.backup_total
               FROM pg_stat_progress_basebackup p
               JOIN pg_stat_activity a USING (pid)
              WHERE a.usename = $1
              LIMIT 1) b ON true
