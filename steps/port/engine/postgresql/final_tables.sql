-- Every table and materialised view with content of its own that physical replication carries, and the shape of its rows.
SELECT n.nspname AS schema, c.relname AS name,
       (SELECT md5(string_agg(format('%s %s %s %s', a.attname, a.atttypid, a.atttypmod, a.attnotnull), ',' ORDER BY a.attnum))
          FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid) AS indexes,
       (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid) AS constraints,
       (SELECT count(*) FROM pg_trigger g WHERE g.tgrelid = c.oid) AS triggers
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm')
   AND c.relpersistence = 'p'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\_toast%'
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
