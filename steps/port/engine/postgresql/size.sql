-- Bytes of all databases: looks at every file, so it is asked now and then only.
SELECT sum(pg_database_size(oid))::bigint FROM pg_database
