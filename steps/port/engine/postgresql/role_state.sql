-- $1 our role, $2 the comment that marks it: 'ours', 'foreign', or no row.
SELECT CASE WHEN shobj_description(oid, 'pg_authid') = $2 THEN 'ours' ELSE 'foreign' END
  FROM pg_roles
 WHERE rolname = $1
