-- Our slot: 'ours', 'active' (ours and in use), 'foreign', or no row. $1 our slot and role, $2 the comment that marks the role: a
-- slot has no owner, so it is ours when the role beside it is.
SELECT CASE
           WHEN s.slot_type <> 'physical'
             OR NOT EXISTS (SELECT FROM pg_roles r
                             WHERE r.rolname = $1 AND shobj_description(r.oid, 'pg_authid') = $2)
             OR EXISTS (SELECT FROM pg_stat_replication w WHERE w.pid = s.active_pid AND w.usename <> $1)
               THEN 'foreign'
           WHEN s.active_pid IS NOT NULL THEN 'active'
           ELSE 'ours'
       END
  FROM pg_replication_slots s
 WHERE s.slot_name = $1
