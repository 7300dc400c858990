-- traces.db, third version: conversations have numbers in the order of their arrival, and what belongs to them is kept
-- by that number. By their ids, which are digests, every transaction touched pages all over five trees.

DROP VIEW v_conversation;
DROP VIEW v_tool_error;
DROP VIEW v_signal;

-- One conversation: metadata in plain columns, text in a block.
CREATE TABLE conversation_3 (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source INTEGER NOT NULL,            -- the file it came from
    byte_offset INTEGER NOT NULL,       -- place of its record in that file, after decompression
    byte_length INTEGER NOT NULL,
    external_id TEXT,
    parent TEXT,                        -- the thread of a sub-agent: what it was part of
    user TEXT,
    agent TEXT,
    prompt_version TEXT,
    system_digest BLOB,
    model TEXT,
    started_ms INTEGER,
    ended_ms INTEGER,
    turns INTEGER NOT NULL,
    user_turns INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    tool_errors INTEGER NOT NULL,
    cost REAL,
    content_digest BLOB NOT NULL,
    outcome TEXT NOT NULL,              -- success, failure, unknown
    outcome_basis TEXT NOT NULL,
    p_fail REAL,
    block INTEGER NOT NULL,
    offset INTEGER NOT NULL,            -- of the payload in the decompressed block
    length INTEGER NOT NULL,
    payload_digest BLOB NOT NULL,
    fragment_group INTEGER              -- of the pieces that it was put together from
);
INSERT INTO conversation_3 (id, source, byte_offset, byte_length, external_id, parent, user, agent, prompt_version, system_digest,
    model, started_ms, ended_ms, turns, user_turns, tool_calls, tool_errors, cost, content_digest, outcome, outcome_basis,
    p_fail, block, offset, length, payload_digest, fragment_group)
SELECT id, source, byte_offset, byte_length, external_id, parent, user, agent, prompt_version, system_digest,
    model, started_ms, ended_ms, turns, user_turns, tool_calls, tool_errors, cost, content_digest, outcome, outcome_basis,
    p_fail, block, offset, length, payload_digest, fragment_group
FROM conversation ORDER BY block, offset;

CREATE TABLE tool_call_3 (
    conversation INTEGER NOT NULL,      -- its number
    turn INTEGER NOT NULL,
    position INTEGER NOT NULL,          -- within the turn
    name TEXT NOT NULL,
    error INTEGER NOT NULL,             -- 1 when the call failed
    error_source TEXT,                  -- status, content
    latency_ms INTEGER,
    PRIMARY KEY (conversation, turn, position)
) WITHOUT ROWID;
INSERT INTO tool_call_3
SELECT number, turn, position, name, error, error_source, latency_ms
FROM tool_call JOIN conversation_3 ON id = conversation ORDER BY number, turn, position;

CREATE TABLE signal_3 (
    conversation INTEGER NOT NULL,      -- its number
    position INTEGER NOT NULL,          -- order within the conversation
    kind TEXT NOT NULL,
    turn INTEGER NOT NULL,
    weight REAL NOT NULL,               -- log-odds towards failure
    PRIMARY KEY (conversation, position)
) WITHOUT ROWID;
INSERT INTO signal_3
SELECT number, position, kind, signal.turn, weight
FROM signal JOIN conversation_3 ON id = conversation ORDER BY number, position;

CREATE TABLE score_3 (
    conversation INTEGER NOT NULL,      -- its number
    name TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;
INSERT INTO score_3
SELECT number, name, value FROM score JOIN conversation_3 ON id = conversation ORDER BY number, name;

CREATE TABLE metadata_3 (
    conversation INTEGER NOT NULL,      -- its number
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;
INSERT INTO metadata_3
SELECT number, name, value FROM metadata JOIN conversation_3 ON id = conversation ORDER BY number, name;

-- Goals, likewise. Which conversations were cut into goals is kept beside them, since some have none: nothing is said of
-- older ones, which are read once more.
CREATE TABLE goal_3 (
    conversation INTEGER NOT NULL,      -- its number
    ordinal INTEGER NOT NULL,
    first_turn INTEGER NOT NULL,
    last_turn INTEGER NOT NULL,
    intent TEXT,                        -- NULL: in the long tail
    score REAL NOT NULL,
    PRIMARY KEY (conversation, ordinal)
) WITHOUT ROWID;
INSERT INTO goal_3 (conversation, ordinal, first_turn, last_turn, intent, score)
SELECT number, ordinal, first_turn, last_turn, intent, score
FROM goal JOIN conversation_3 ON id = conversation ORDER BY number, ordinal;
CREATE TABLE placed (
    conversation INTEGER PRIMARY KEY    -- its number
);

DROP TABLE conversation;
DROP TABLE goal;
DROP TABLE tool_call;
DROP TABLE signal;
DROP TABLE score;
DROP TABLE metadata;
ALTER TABLE conversation_3 RENAME TO conversation;
ALTER TABLE goal_3 RENAME TO goal;
CREATE INDEX goal_by_intent ON goal (intent);
ALTER TABLE tool_call_3 RENAME TO tool_call;
ALTER TABLE signal_3 RENAME TO signal;
ALTER TABLE score_3 RENAME TO score;
ALTER TABLE metadata_3 RENAME TO metadata;
CREATE INDEX conversation_by_group ON conversation (fragment_group) WHERE fragment_group IS NOT NULL;

CREATE VIEW v_conversation AS
SELECT conversation.id, source.path AS source, external_id, parent, user, agent, prompt_version, lower(hex(system_digest)) AS system_digest, model,
       strftime('%Y-%m-%dT%H:%M:%SZ', started_ms / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%SZ', ended_ms / 1000.0, 'unixepoch') AS ended,
       turns, user_turns, tool_calls, tool_errors, cost, outcome, outcome_basis, p_fail
FROM conversation JOIN source ON source.id = conversation.source;

CREATE VIEW v_tool_error AS
SELECT name, count(*) AS calls, sum(error) AS errors, 1.0 * sum(error) / count(*) AS share
FROM tool_call GROUP BY name;

CREATE VIEW v_signal AS
SELECT conversation.id AS conversation, signal.kind, signal.turn, signal.weight, conversation.outcome
FROM signal JOIN conversation ON conversation.number = signal.conversation;
