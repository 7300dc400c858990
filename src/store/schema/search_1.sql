-- search.db: the full text of conversations, built on first use from traces.db and brought up to date by each search.
-- It holds no text, only which words are in which conversation.
CREATE TABLE indexed (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    content_digest BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
