-- ledger.db, third version: what must not come back when its file is read again. Digests only.
CREATE TABLE forgotten (
    kind TEXT NOT NULL,                 -- conversation, user
    digest BLOB NOT NULL,               -- of our id of the conversation, or of the user
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, digest)
) WITHOUT ROWID;
