-- Bytes in tables, indexes and sequences, and the number of tables of users. Unlogged ones are empty on a standby.
SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint AS bytes,
       count(*) FILTER (WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')) AS tables
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence = 'p' AND c.relkind IN ('r', 'i', 'm', 't', 'S')
