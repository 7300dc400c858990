-- ledger.db, first version: facts that nothing else can rebuild. Rows are only ever added; triggers hold
-- everybody to that.

-- What was done, each row holding the digest of the one before.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    command TEXT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
);
CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are only added'); END;
CREATE TRIGGER audit_loses_none BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are only added'); END;

-- The life of each finding: the newest row is its state.
CREATE TABLE finding_state (
    seq INTEGER PRIMARY KEY,
    finding TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX finding_state_by_finding ON finding_state (finding, seq);

-- Attempts to fix a finding.
CREATE TABLE attempt (
    seq INTEGER PRIMARY KEY,
    finding TEXT NOT NULL,
    proposal TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX attempt_by_finding ON attempt (finding, seq);
