-- What is in no table of a user: large objects, roles with their rights and passwords, functions, settings.
SELECT 'large objects', count(*), coalesce(sum(hash_record_extended(t, 0)), 0) FROM pg_largeobject AS t
UNION ALL
SELECT 'large object owners', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM pg_largeobject_metadata AS t
UNION ALL
SELECT 'roles', count(*), coalesce(sum(hash_record_extended(t, 0)), 0) FROM pg_authid AS t
UNION ALL
SELECT 'memberships', count(*), coalesce(sum(hash_record_extended(t, 0)), 0) FROM pg_auth_members AS t
UNION ALL
SELECT 'settings of roles and databases', count(*), coalesce(sum(hash_record_extended(t, 0)), 0) FROM pg_db_role_setting AS t
UNION ALL
SELECT 'functions', count(*), coalesce(sum(hashtextextended(proname || prosrc || coalesce(proacl::text, ''), 0)), 0)
  FROM pg_proc AS t
ORDER BY 1
