"""What must hold in a cache, whatever happened to the program that wrote it."""
import shutil
import sqlite3
from contextlib import closing

# Rows of a conversation besides its own, without its number.
PARTS = {
    "tool_call": "turn, position, name, error, error_source, latency_ms",
    "signal": "position, kind, signal.turn, weight",
    "score": "name, value",
    "metadata": "name, value",
}
# What a cache holds, without row numbers and times: equal for equal input, however many runs it took.
CONTENT = {
    "conversation": "SELECT c.id, path, external_id, byte_offset, turns, tool_calls, content_digest, payload_digest, "
    "outcome, c.system_digest FROM conversation c LEFT JOIN source s ON s.id = c.source",
    **{part: f"SELECT id, {columns} FROM {part} LEFT JOIN conversation ON number = conversation" for part, columns in PARTS.items()},
    # The least piece stands for the group.
    "fragment": "SELECT digest, min(digest) OVER (PARTITION BY fragment_group) FROM fragment",
    "fragment_key": "SELECT family, kind, value FROM fragment_key",
    "quarantine": "SELECT source_path, byte_offset, length, code, digest FROM quarantine",
    "system_text": "SELECT DISTINCT system_digest FROM conversation JOIN system_text ON digest = system_digest",
    "source": "SELECT path, size, digest, rules, format, set_aside FROM source",
}
# Text that is named but not there.
LOST = """
SELECT count(*) FROM (SELECT block, offset, length FROM conversation UNION ALL SELECT block, offset, length FROM fragment)
LEFT JOIN block ON block.id = block WHERE block.id IS NULL OR offset + length > size
"""


def check(database, name):
    """Raises ValueError for damage."""
    said = [text for (text,) in database.execute("PRAGMA integrity_check(100000)")]
    # SQLite 3.40 wrongly says this of tables without row numbers whose key is not in the order of the columns.
    said = [text for text in said if not text.startswith("NULL value in quarantine.")]
    if said not in ([], ["ok"]):
        raise ValueError(f"integrity_check of {name}: {said[:3]}")


def content(cache, scratch):
    """What the cache holds: rows by table; nothing when there are no tables yet. Raises ValueError for damage."""
    # A copy, so that it is the program and not this script that repairs what a killed run left.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    # SQLite makes the index of the log (-shm) again.
    for file in cache.glob("*.db*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, scratch)
    for file in scratch.glob("*.db"):
        with closing(sqlite3.connect(file)) as database:
            check(database, file.name)
    if not (scratch / "traces.db").exists():
        return {}
    with closing(sqlite3.connect(scratch / "traces.db")) as database:
        if database.execute("PRAGMA user_version").fetchone() == (0,):
            return {}
        if database.execute(LOST).fetchone() != (0,):
            raise ValueError("text is named that is not there")
        rows = {table: sorted(database.execute(sql).fetchall(), key=repr) for table, sql in CONTENT.items()}
        rows["dirty"] = database.execute("SELECT count(*) FROM fragment_group WHERE dirty = 1").fetchall()
        return rows


def problem(found, expected):
    """What is wrong with the content of a cache after a run that was cut short, in words; None when it is sound."""
    if not found:
        return None
    whole = {table: set(rows) for table, rows in expected.items()}
    there = {table: set(rows) for table, rows in found.items()}
    conversations = {row[0] for row in found["conversation"]}
    if not there["conversation"] <= whole["conversation"]:
        return "a conversation is not what it should be"
    for table in PARTS:
        if there[table] != {row for row in whole[table] if row[0] in conversations}:
            return f"a conversation lacks rows of {table}, or {table} has rows of no conversation"
    if not {row[0] for row in found["fragment"]} <= {row[0] for row in expected["fragment"]}:
        return "a piece is not what it should be"
    for path, _, digest, *_ in found["source"]:
        if digest is None:
            continue
        missing = {row for row in whole["conversation"] if row[1] == path} - there["conversation"]
        missing |= {row for row in whole["quarantine"] if row[0] == path} - there["quarantine"]
        # All pieces are from one file.
        if path.endswith("spans.jsonl"):
            missing |= whole["fragment"] - there["fragment"]
            missing |= there["dirty"] - {(0,)}
        if missing:
            return f"{path} is marked as read, and {len(missing)} of its rows are missing"
    return None


def difference(found, expected):
    """Where the content of a cache is not the expected one; None when it is."""
    tables = [table for table, rows in expected.items() if found.get(table) != rows]
    return f"other content than an undisturbed run: {', '.join(tables)}" if tables else None
