-- Where each sequence stands; NULL before its first value.
SELECT schemaname, sequencename, last_value, increment_by
  FROM pg_sequences
 ORDER BY schemaname COLLATE "C", sequencename COLLATE "C"
