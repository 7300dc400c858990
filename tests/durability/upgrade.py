"""A cache of the first version, and what must hold while a newer program upgrades it."""
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import checks

APPLICATION = 0x52505254
# What the user has, in columns that all versions have; rows of parts are said separately, because they name their
# conversation by its id before the third version and by its number since.
CONTENT = {
    "traces.db": [
        "SELECT id, external_id, user, turns, tool_calls, content_digest, payload_digest, outcome, block, offset, length "
        "FROM conversation",
        "SELECT id, size, data FROM block",
        "SELECT path, size, digest, set_aside FROM source",
    ],
    "ledger.db": ["SELECT count(*) FROM audit"],
}


def make(schemas, newest, folder):
    """Writes a cache of the first version into `folder`, with the conversations of a cache of the newest."""
    folder.mkdir()
    for name in CONTENT:
        with closing(sqlite3.connect(folder / name)) as database:
            database.executescript((schemas / f"{Path(name).stem}_1.sql").read_text())
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute("PRAGMA user_version = 1")
            if name == "traces.db":
                database.execute("ATTACH ? AS new", [str(newest / name)])
                tables = {row[0] for row in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
                for part in checks.PARTS:
                    rows = checks.CONTENT[part].replace(f"FROM {part}", f"FROM new.{part}").replace("JOIN c", "JOIN new.c")
                    database.execute(f"INSERT INTO main.{part} {rows}")
                newer = {row[0] for row in database.execute("SELECT name FROM new.sqlite_master WHERE type = 'table'")}
                # A table that a later version drops stays empty: the newest has nothing to fill it with.
                for table in sorted(tables & newer - set(checks.PARTS)):
                    columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({table})"))
                    database.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
            database.commit()
            database.execute("PRAGMA journal_mode = WAL")


def content(cache, scratch):
    """Versions and rows of both databases and of the copies beside them. Raises ValueError for damage."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for file in cache.iterdir():
        if ".db" in file.name and not file.name.endswith("-shm"):
            shutil.copy(file, scratch)
    found = {}
    for file in sorted([*scratch.glob("*.db"), *scratch.glob("*.bak")]):
        name = file.name.split(".v")[0]
        if name not in CONTENT:
            continue
        with closing(sqlite3.connect(file)) as database:
            checks.check(database, file.name)
            (version,) = database.execute("PRAGMA user_version").fetchone()
            queries = CONTENT[name] + (parts(version) if name == "traces.db" else [])
            found[file.name] = (version, [sorted(database.execute(sql).fetchall(), key=repr) for sql in queries])
    return found


def parts(version):
    """The queries of what belongs to conversations."""
    if version >= 3:
        return [checks.CONTENT[part] for part in checks.PARTS]
    return [f"SELECT conversation, {columns} FROM {part}" for part, columns in checks.PARTS.items()]


def problem(found, old, new):
    """What is wrong with a cache whose upgrade was cut short: each database is the old one or the new one."""
    for name in CONTENT:
        if found.get(name) not in (old[name], new[name]):
            return f"{name} is neither as it was nor upgraded"
    for name, copy in found.items():
        if name not in CONTENT and copy != old[name.split(".v")[0]]:
            return f"{name} is no copy of what was there"
    return None
