-- traces.db, fifth version: what a diagnosis read, and which of it a finding is in. What was not read is not free of it.

-- A conversation as it is now, with the first diagnosis that read it. Diagnoses that read nothing new share a round.
CREATE TABLE diagnosed (
    conversation INTEGER PRIMARY KEY,   -- its number
    round INTEGER NOT NULL
);

-- The rounds of the first and the last diagnosis that found it, and how many conversations it was in then. NULL: the last was
-- by an older program, which kept them in the document.
ALTER TABLE finding ADD COLUMN first_round INTEGER;
ALTER TABLE finding ADD COLUMN round INTEGER;
ALTER TABLE finding ADD COLUMN conversations INTEGER;

-- The conversations of a finding's intent that its last diagnosis read. By conversation, since all findings are read together
-- and a conversation is forgotten alone.
CREATE TABLE finding_conversation (
    conversation INTEGER NOT NULL,      -- its number
    finding TEXT NOT NULL,
    failing_with INTEGER NOT NULL,      -- 1: it failed and shows the cause
    PRIMARY KEY (conversation, finding)
) WITHOUT ROWID;

-- Weeks are counted from these.
DROP TABLE finding_week;
