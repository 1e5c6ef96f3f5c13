-- Schema version 2: what the file says of itself. This table stays as it is in every later version: an ece-migrate that is too old
-- for a file reads in it which one wrote its schema.

CREATE TABLE store_self (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO store_self (name, value) VALUES
    ('written_by', ''), -- the version of the ece-migrate that brought the file to its schema version
    ('seal', '');       -- SHA-256 over what a resume goes by, state/store_seal.c
