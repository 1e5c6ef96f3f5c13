-- Relations of each kind that a standby has too. Temporary ones belong to sessions.
SELECT relkind::text AS kind, count(*)::text AS relations
  FROM pg_class
 WHERE relpersistence <> 't'
 GROUP BY relkind
 ORDER BY relkind
