"""The program with a defect: it marks a file as read before the rows are there. What cannot see that sees nothing."""
import os
import shutil
import subprocess
from pathlib import Path

WRITER = "src/store/writer.rs"
PATCH = [
    # The marker is set, and committed, at the beginning ...
    (
        "let writer = Self::resume(store, mark, Counts::default())?;\n",
        """let early = Writer::resume(&mut *store, mark, Counts::default())?;
        let digest = Digest::of(std::fs::read(&mark.path).unwrap_or_default());
        early.execute("UPDATE source SET digest = ? WHERE id = ?", params![digest.as_bytes(), early.source])?;
        early.commit()?;
        let writer = Self::resume(store, mark, Counts::default())?;
""",
    ),
    # ... and what takes it away until the end does not.
    ("modified_ms = ?3, digest = NULL, rules = ?4", "modified_ms = ?3, rules = ?4"),
    ("UPDATE source SET digest = ?, seen = ?", "UPDATE source SET digest = coalesce(?, digest), seen = ?"),
]


def build(root, target):
    """Builds it from a copy of the sources and returns the program's path."""
    # A place of its own that stays the same, so that a second build is quick and never is taken for the real program.
    source = target / "source"
    shutil.rmtree(source, ignore_errors=True)
    built = {root / ".git", root / "target", target.parent}
    shutil.copytree(root, source, ignore=lambda folder, names: [name for name in names if Path(folder, name) in built])
    text = (source / WRITER).read_text()
    for old, new in PATCH:
        if text.count(old) != 1:
            raise SystemExit(f"the mutant does not fit {WRITER} any more: it has {text.count(old)} times `{old.strip()}`")
        text = text.replace(old, new)
    (source / WRITER).write_text(text)
    command = ["cargo", "build", "--locked", "--quiet", "--bin", "reprompt"]
    subprocess.run(command, cwd=source, env=os.environ | {"CARGO_TARGET_DIR": str(target)}, check=True)
    return target / "debug/reprompt"
