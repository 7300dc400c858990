-- traces.db, first version: everything here can be rebuilt from the exported trace files.
-- Digests are 32-byte blobs; moments are milliseconds since 1970 in UTC.

-- One trace file that was read, by its path. The digest is there once the whole file is in, so that a killed run
-- is recognised and the file read again; its rows and this marker commit together.
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,              -- bytes in the file
    modified_ms INTEGER,
    digest BLOB,                        -- of the file's bytes; NULL: not read to its end
    rules BLOB,                         -- digest of the rules that judged its conversations
    format TEXT NOT NULL,
    confidence REAL NOT NULL,           -- in [0, 1]
    seen INTEGER NOT NULL,              -- of the last run that read it
    inserted INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    set_aside INTEGER NOT NULL,
    fidelity TEXT NOT NULL,             -- JSON: what the file held, as printed when it was read
    CHECK (seen = inserted + merged + duplicate + set_aside)
);
CREATE INDEX source_by_size ON source (size);

-- One run of `ingest` that read at least one file, with the sums of its counts.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    files INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    set_aside INTEGER NOT NULL,
    CHECK (seen = inserted + merged + duplicate + set_aside)
);

-- Payloads of many conversations, concatenated and compressed with zstd.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,              -- bytes when decompressed
    data BLOB NOT NULL
);

-- One conversation: metadata in plain columns, text in a block.
CREATE TABLE conversation (
    id TEXT PRIMARY KEY NOT NULL,
    source INTEGER NOT NULL,            -- the file it came from
    byte_offset INTEGER NOT NULL,       -- place of its record in that file, after decompression
    byte_length INTEGER NOT NULL,
    external_id TEXT,
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
    payload_digest BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE tool_call (
    conversation TEXT NOT NULL,
    turn INTEGER NOT NULL,
    position INTEGER NOT NULL,          -- within the turn
    name TEXT NOT NULL,
    error INTEGER NOT NULL,             -- 1 when the call failed
    error_source TEXT,                  -- status, content
    latency_ms INTEGER,
    PRIMARY KEY (conversation, turn, position)
) WITHOUT ROWID;

CREATE TABLE signal (
    conversation TEXT NOT NULL,
    position INTEGER NOT NULL,          -- order within the conversation
    kind TEXT NOT NULL,
    turn INTEGER NOT NULL,
    weight REAL NOT NULL,               -- log-odds towards failure
    PRIMARY KEY (conversation, position)
) WITHOUT ROWID;

CREATE TABLE score (
    conversation TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;

CREATE TABLE metadata (
    conversation TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;

-- Each system text once, compressed with zstd, by the digest of its normalised form.
CREATE TABLE system_text (
    digest BLOB PRIMARY KEY NOT NULL,
    text BLOB NOT NULL
) WITHOUT ROWID;

-- Records that could not be read, with their place and the reason.
CREATE TABLE quarantine (
    source_path TEXT NOT NULL,
    byte_offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    head BLOB NOT NULL,                 -- the first 4 KiB
    digest BLOB NOT NULL,               -- of the whole record
    PRIMARY KEY (source_path, byte_offset, digest, code)
) WITHOUT ROWID;

CREATE TABLE intent_model (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    artifact BLOB,
    digest TEXT
);

CREATE TABLE intent (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT,
    phrases TEXT,
    document TEXT,
    born_ms INTEGER,
    status TEXT
);

CREATE TABLE goal (
    conversation TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    first_turn INTEGER,
    last_turn INTEGER,
    intent TEXT,
    score REAL,
    PRIMARY KEY (conversation, ordinal)
);
CREATE INDEX goal_by_intent ON goal (intent);

CREATE TABLE intent_lineage (
    at_ms INTEGER,
    intent TEXT,
    event TEXT,
    other TEXT
);

CREATE TABLE finding (
    id TEXT PRIMARY KEY NOT NULL,
    intent TEXT,
    agent TEXT,
    cause TEXT,
    document TEXT,
    first_seen_ms INTEGER,
    last_seen_ms INTEGER
);

CREATE TABLE finding_week (
    finding TEXT NOT NULL,
    week_ms INTEGER NOT NULL,
    with_event INTEGER,
    conversations INTEGER,
    PRIMARY KEY (finding, week_ms)
);

-- Views for any SQLite client: stable names, readable moments and digests.

-- v_conversation: one row per conversation, without its text.
CREATE VIEW v_conversation AS
SELECT conversation.id, source.path AS source, external_id, user, agent, prompt_version, lower(hex(system_digest)) AS system_digest, model,
       strftime('%Y-%m-%dT%H:%M:%SZ', started_ms / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%SZ', ended_ms / 1000.0, 'unixepoch') AS ended,
       turns, user_turns, tool_calls, tool_errors, cost, outcome, outcome_basis, p_fail
FROM conversation JOIN source ON source.id = conversation.source;

-- v_tool_error: calls and failed calls per tool.
CREATE VIEW v_tool_error AS
SELECT name, count(*) AS calls, sum(error) AS errors, 1.0 * sum(error) / count(*) AS share
FROM tool_call GROUP BY name;

-- v_signal: implicit feedback with the outcome of its conversation.
CREATE VIEW v_signal AS
SELECT signal.conversation, signal.kind, signal.turn, signal.weight, conversation.outcome
FROM signal JOIN conversation ON conversation.id = signal.conversation;

-- v_source: files read, with their conservation counts.
CREATE VIEW v_source AS
SELECT path, format, confidence, size, seen, inserted, merged, duplicate, set_aside, lower(hex(digest)) AS digest
FROM source;

-- v_quarantine: what was set aside, without the bytes.
CREATE VIEW v_quarantine AS
SELECT source_path, byte_offset, length, code, reason, lower(hex(digest)) AS digest FROM quarantine;
