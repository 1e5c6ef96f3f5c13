-- What a preflight must know of one database, as name and value.
SELECT 'unlogged' AS name, string_agg(oid::regclass::text, ', ') AS value
  FROM pg_class WHERE relpersistence = 'u' AND relkind IN ('r', 'S')
UNION ALL
SELECT DISTINCT 'library', probin FROM pg_proc WHERE probin IS NOT NULL AND probin <> ''
UNION ALL
SELECT 'icu_object', string_agg(DISTINCT c.collname, ', ')
  FROM pg_depend d JOIN pg_collation c ON d.refclassid = 'pg_collation'::regclass AND d.refobjid = c.oid
 WHERE c.collprovider = 'i'
UNION ALL
SELECT 'publications', string_agg(pubname, ', ') FROM pg_publication
