-- Databases of users. A session in a template would keep others from making databases.
SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname
