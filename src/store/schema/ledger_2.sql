-- ledger.db, second version: money and model replies. Amounts are whole billionths of a dollar.

-- One run of one command that may spend.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);

-- Money set aside before calls are sent. While a block is open, what its settled calls have not used counts as
-- spent: a program that dies leaves it so.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    month TEXT NOT NULL,
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0 AND used <= reserved),
    cost INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0),
    open INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
    at_ms INTEGER NOT NULL
);
-- Every reservation sums up its month and its run.
CREATE INDEX block_by_month ON block (month, reserved, used, cost, open);
CREATE INDEX block_by_run ON block (run);

-- One call that ended.
CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    block INTEGER NOT NULL REFERENCES block (id),
    stage TEXT NOT NULL,
    model TEXT NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost INTEGER NOT NULL CHECK (cost >= 0),
    ending TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX call_by_block ON call (block);

-- Valid replies, found by the digest of everything that they answer. `digest` is of the body as it was sent.
CREATE TABLE reply (
    key BLOB PRIMARY KEY,
    body BLOB NOT NULL,
    digest BLOB NOT NULL,
    instructions BLOB NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
