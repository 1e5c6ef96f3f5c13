-- The first thing that would end an attempt in the pause, in words; no row when there is none. $1 our role.
SELECT 'prepared transaction ' || quote_literal(gid) || ' of ' || owner || ' in ' || database || ' is open since ' || prepared
  FROM pg_prepared_xacts
UNION ALL
SELECT 'line ' || line_number || ' of pg_hba.conf: ' || error
  FROM pg_hba_file_rules
 WHERE error IS NOT NULL
UNION ALL
SELECT 'nobody streams from the slot ' || quote_literal($1)
 WHERE NOT EXISTS (SELECT FROM pg_stat_replication WHERE usename = $1 AND state = 'streaming')
 LIMIT 1
