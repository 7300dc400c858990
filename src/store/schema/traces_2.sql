-- traces.db, second version: pieces of conversations (spans, runs, calls), from which conversations are put together;
-- and records that hold nothing of a conversation are counted.

-- The thread of a sub-agent names the conversation that it was part of; a conversation that was put together names the
-- group of its pieces.
ALTER TABLE conversation ADD COLUMN parent TEXT;
ALTER TABLE conversation ADD COLUMN fragment_group INTEGER;
CREATE INDEX conversation_by_group ON conversation (fragment_group) WHERE fragment_group IS NOT NULL;

-- Pieces that share a session or a trace, directly or through others.
CREATE TABLE fragment_group (
    id INTEGER PRIMARY KEY,
    family TEXT NOT NULL,               -- whose ids these are: otel, langfuse, …
    fragments INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    dirty INTEGER NOT NULL              -- 1: its conversations have yet to be put together
);
CREATE INDEX fragment_group_dirty ON fragment_group (id) WHERE dirty = 1;

-- Which group an id of the source belongs to.
CREATE TABLE fragment_key (
    family TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- session, trace, step
    value TEXT NOT NULL,
    fragment_group INTEGER NOT NULL,
    PRIMARY KEY (family, kind, value)
) WITHOUT ROWID;
CREATE INDEX fragment_key_by_group ON fragment_key (fragment_group);

-- Each distinct piece once, its text in a block.
CREATE TABLE fragment (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,        -- of its stored form
    fragment_group INTEGER NOT NULL,
    block INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL
);
CREATE INDEX fragment_by_group ON fragment (fragment_group);

DROP VIEW v_conversation;
DROP VIEW v_source;
CREATE TABLE source_2 (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,              -- bytes in the file
    modified_ms INTEGER,
    digest BLOB,                        -- of the file's bytes; NULL: not read to its end
    rules BLOB,                         -- digest of the rules that judged its conversations
    format TEXT NOT NULL,
    confidence REAL NOT NULL,           -- in [0, 1]
    seen INTEGER NOT NULL,              -- records of the last run that read it
    inserted INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    passed_over INTEGER NOT NULL,       -- hold nothing of a conversation
    set_aside INTEGER NOT NULL,
    fidelity TEXT NOT NULL,             -- JSON: what the file held, as printed when it was read
    CHECK (seen = inserted + merged + duplicate + passed_over + set_aside)
);
INSERT INTO source_2
SELECT id, path, size, modified_ms, digest, rules, format, confidence, seen, inserted, merged, duplicate, 0, set_aside, fidelity FROM source;
DROP TABLE source;
ALTER TABLE source_2 RENAME TO source;
CREATE INDEX source_by_size ON source (size);
CREATE VIEW v_source AS
SELECT path, format, confidence, size, seen, inserted, merged, duplicate, passed_over, set_aside, lower(hex(digest)) AS digest
FROM source;

CREATE TABLE run_2 (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    files INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    passed_over INTEGER NOT NULL,
    set_aside INTEGER NOT NULL,
    CHECK (seen = inserted + merged + duplicate + passed_over + set_aside)
);
INSERT INTO run_2 SELECT id, at_ms, files, seen, inserted, merged, duplicate, 0, set_aside FROM run;
DROP TABLE run;
ALTER TABLE run_2 RENAME TO run;

CREATE VIEW v_conversation AS
SELECT conversation.id, source.path AS source, external_id, parent, user, agent, prompt_version, lower(hex(system_digest)) AS system_digest, model,
       strftime('%Y-%m-%dT%H:%M:%SZ', started_ms / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%SZ', ended_ms / 1000.0, 'unixepoch') AS ended,
       turns, user_turns, tool_calls, tool_errors, cost, outcome, outcome_basis, p_fail
FROM conversation JOIN source ON source.id = conversation.source;

-- What other systems say of conversations and users, joined by id: churn, conversion, a survey.
CREATE TABLE joined (
    kind TEXT NOT NULL,                 -- conversation, user
    key TEXT NOT NULL,                  -- the source's id of the conversation, or the user
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    at_ms INTEGER,
    PRIMARY KEY (kind, key, name)
) WITHOUT ROWID;
