-- Databases that can be connected to.
SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname
