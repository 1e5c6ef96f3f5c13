-- Schema version 1. The statements that use these tables (floor 2) are SQL that PostgreSQL understands too; what is SQLite's own
-- here is STRICT, WITHOUT ROWID and the bodies of the triggers. Times are microseconds since 1970 in UTC. Hashes are SHA-256 in
-- lower-case hex.

CREATE TABLE migration (
    id              TEXT PRIMARY KEY NOT NULL,
    spec_text       TEXT NOT NULL,    -- the migration file, byte for byte
    spec_hash       TEXT NOT NULL CHECK (length(spec_hash) = 64),
    state           TEXT NOT NULL CHECK (state IN ('running', 'done', 'aborting', 'aborted')),
    created_us      INTEGER NOT NULL,
    machine_version INTEGER NOT NULL,
    head_seq        INTEGER NOT NULL, -- the journal's last row and its hash: a cut tail is seen by them
    head_hash       TEXT NOT NULL CHECK (length(head_hash) = 64)
) STRICT;

CREATE TRIGGER migration_is_frozen BEFORE UPDATE OF id, spec_text, spec_hash, created_us ON migration
BEGIN SELECT RAISE(ABORT, 'a migration is frozen when it is made'); END;

-- INSERT OR REPLACE would take a row's place without asking the triggers for UPDATE and DELETE, here and below.
CREATE TRIGGER migration_is_made_once BEFORE INSERT ON migration WHEN EXISTS (SELECT 1 FROM migration WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a migration is made once'); END;

CREATE TRIGGER migration_stays BEFORE DELETE ON migration
BEGIN SELECT RAISE(ABORT, 'a migration is never deleted'); END;

CREATE TABLE track (
    migration      TEXT NOT NULL REFERENCES migration (id),
    name           TEXT NOT NULL,
    ord            INTEGER NOT NULL,  -- as the migration file orders them
    phase          TEXT NOT NULL,
    goal           TEXT NOT NULL CHECK (goal IN ('present', 'absent')),
    state          TEXT NOT NULL CHECK (state IN ('active', 'waiting', 'parked', 'done')),
    reason         TEXT NOT NULL,
    attempt        INTEGER NOT NULL,
    phase_since_us INTEGER NOT NULL,
    PRIMARY KEY (migration, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    migration TEXT PRIMARY KEY NOT NULL REFERENCES migration (id),
    fence     INTEGER NOT NULL,
    held      INTEGER NOT NULL CHECK (held IN (0, 1)), -- 1 until it is given back, so also after its holder died
    host      TEXT NOT NULL,
    boot_id   TEXT NOT NULL,
    pid       INTEGER NOT NULL,
    pid_start INTEGER NOT NULL,       -- clock ticks after boot, proc(5): with it a PID that came again is seen
    since_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER lease_fence_only_rises BEFORE UPDATE OF fence ON lease WHEN NEW.fence < OLD.fence
BEGIN SELECT RAISE(ABORT, 'a fence never goes back'); END;

CREATE TABLE journal (
    migration TEXT NOT NULL REFERENCES migration (id),
    seq       INTEGER NOT NULL,
    wall_us   INTEGER NOT NULL,
    fence     INTEGER NOT NULL,
    origin    TEXT NOT NULL,          -- the process that wrote the row: host, pid, boot
    kind      TEXT NOT NULL CHECK (kind IN ('run', 'phase', 'intent', 'outcome', 'io', 'wait', 'hold', 'request',
                                            'finding', 'event')),
    track     TEXT,
    phase     TEXT,
    action    TEXT,
    object    TEXT,
    actor     TEXT,
    result    TEXT,
    text      TEXT NOT NULL,
    detail    TEXT,
    prev      TEXT NOT NULL CHECK (length(prev) = 64),
    hash      TEXT NOT NULL CHECK (length(hash) = 64),
    PRIMARY KEY (migration, seq)
) STRICT;

CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_is_never_deleted BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_only_grows BEFORE INSERT ON journal
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE migration = NEW.migration)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE fact (
    migration TEXT NOT NULL REFERENCES migration (id),
    track     TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (migration, track, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    id        INTEGER PRIMARY KEY NOT NULL,
    migration TEXT NOT NULL REFERENCES migration (id),
    kind      TEXT NOT NULL CHECK (kind IN ('approve', 'abort')),
    track     TEXT NOT NULL,
    who       TEXT NOT NULL,
    spec_hash TEXT NOT NULL,
    comment   TEXT NOT NULL,
    wall_us   INTEGER NOT NULL,
    seen      INTEGER NOT NULL CHECK (seen IN (0, 1))
) STRICT;

CREATE TRIGGER request_stays_as_made BEFORE UPDATE OF id, migration, kind, track, who, spec_hash, comment, wall_us ON request
BEGIN SELECT RAISE(ABORT, 'a request is never changed'); END;

CREATE TRIGGER request_is_made_once BEFORE INSERT ON request WHEN EXISTS (SELECT 1 FROM request WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a request is made once'); END;

CREATE TRIGGER request_is_never_deleted BEFORE DELETE ON request
BEGIN SELECT RAISE(ABORT, 'a request is never deleted'); END;

CREATE TABLE sample (
    migration TEXT NOT NULL REFERENCES migration (id),
    track     TEXT NOT NULL,
    name      TEXT NOT NULL,
    seq       INTEGER NOT NULL,       -- per series, so that the oldest can be dropped by number
    wall_us   INTEGER NOT NULL,
    value     INTEGER NOT NULL,
    PRIMARY KEY (migration, track, name, seq)
) STRICT, WITHOUT ROWID;
