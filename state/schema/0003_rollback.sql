-- Schema version 3: people may also ask for a rollback, and for the end of its window. A CHECK cannot be changed in place, so the
-- table is made anew with what it holds.

CREATE TABLE request_2 (
    id        INTEGER PRIMARY KEY NOT NULL,
    migration TEXT NOT NULL REFERENCES migration (id),
    kind      TEXT NOT NULL CHECK (kind IN ('approve', 'abort', 'rollback', 'end-window')),
    track     TEXT NOT NULL,
    who       TEXT NOT NULL,
    spec_hash TEXT NOT NULL,
    comment   TEXT NOT NULL,
    wall_us   INTEGER NOT NULL,
    seen      INTEGER NOT NULL CHECK (seen IN (0, 1))
) STRICT;

INSERT INTO request_2 SELECT id, migration, kind, track, who, spec_hash, comment, wall_us, seen FROM request;

DROP TRIGGER request_stays_as_made;
DROP TRIGGER request_is_made_once;
DROP TRIGGER request_is_never_deleted;
DROP TABLE request;
ALTER TABLE request_2 RENAME TO request;

CREATE TRIGGER request_stays_as_made BEFORE UPDATE OF id, migration, kind, track, who, spec_hash, comment, wall_us ON request
BEGIN SELECT RAISE(ABORT, 'a request is never changed'); END;

CREATE TRIGGER request_is_made_once BEFORE INSERT ON request WHEN EXISTS (SELECT 1 FROM request WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a request is made once'); END;

CREATE TRIGGER request_is_never_deleted BEFORE DELETE ON request
BEGIN SELECT RAISE(ABORT, 'a request is never deleted'); END;
