//! Files and folders at a revision, and single files of the work tree.

use super::error::{GitError, PathRefusal};
use super::{Oid, Repo, native, path};
use git2::ErrorCode;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// A regular file.
    File,
    /// A regular file that may be run.
    Executable,
    /// A symbolic link. Its bytes are the link's own text; nothing ever follows it.
    Symlink,
    /// A submodule. It has no bytes here.
    Submodule,
    /// A folder. It has no bytes.
    Folder,
}

impl Mode {
    pub(super) fn of(entry: &git2::TreeEntry<'_>) -> Self {
        match entry.filemode_raw() & 0o170_000 {
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            0o040_000 => Self::Folder,
            _ if entry.filemode_raw() & 0o111 != 0 => Self::Executable,
            _ => Self::File,
        }
    }

    /// Whether it is a file with content of its own.
    pub fn is_regular(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }

    /// The refusal for something that is not a regular file.
    pub(super) fn refusal(self) -> Option<PathRefusal> {
        match self {
            Self::File | Self::Executable => None,
            Self::Symlink => Some(PathRefusal::Symlink),
            Self::Submodule => Some(PathRefusal::Submodule),
            Self::Folder => Some(PathRefusal::NotRegular),
        }
    }
}

/// A file's content and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The content; a symbolic link's own text; empty for submodules and folders.
    pub bytes: Vec<u8>,
    /// The kind.
    pub mode: Mode,
}

/// One entry of [`Repo::list`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Path from the repository's root.
    pub path: String,
    /// The kind; never a folder.
    pub mode: Mode,
}

/// One path that differs between two revisions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Path from the repository's root.
    pub path: String,
    /// How it differs.
    pub kind: ChangeKind,
}

/// How a path differs. A rename is a removal and an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Only in the second.
    Added,
    /// Other bytes or other permissions.
    Modified,
    /// Only in the first.
    Removed,
    /// Another kind of entry, as a file that became a symbolic link.
    KindChanged,
}

impl Repo {
    /// The file at `path` in commit `rev`; `None` when there is none. Links and submodules are reported by their
    /// mode and never followed, neither here nor in the folders above.
    pub fn read(&self, rev: Oid, path: &str) -> Result<Option<File>, GitError> {
        path::check(path)?;
        let tree = self.tree(rev)?;
        let entry = match tree.get_path(Path::new(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(GitError::git(format!("read `{path}` at {}", rev.short()), error)),
        };
        let mode = Mode::of(&entry);
        let bytes = match mode {
            Mode::Submodule | Mode::Folder => Vec::new(),
            Mode::File | Mode::Executable | Mode::Symlink => self.blob(entry.id(), path, rev)?,
        };
        Ok(Some(File { bytes, mode }))
    }

    pub(super) fn blob(&self, oid: git2::Oid, path: &str, rev: Oid) -> Result<Vec<u8>, GitError> {
        let blob = self.inner.find_blob(oid);
        let blob = blob.map_err(|error| GitError::git(format!("read `{path}` at {}", rev.short()), error))?;
        Ok(blob.content().to_vec())
    }

    /// Everything that is not a folder under the folder `prefix` (empty: the whole tree) in commit `rev`, by path.
    /// A path that is not UTF-8 cannot be named in a config and is left out.
    pub fn list(&self, rev: Oid, prefix: &str) -> Result<Vec<Entry>, GitError> {
        let prefix = prefix.trim_end_matches('/');
        let root = self.tree(rev)?;
        let error = |error| GitError::git(format!("list `{prefix}` at {}", rev.short()), error);
        let start = if prefix.is_empty() {
            root
        } else {
            path::check(prefix)?;
            match root.get_path(Path::new(prefix)) {
                Ok(entry) if Mode::of(&entry) == Mode::Folder => self.inner.find_tree(entry.id()).map_err(error)?,
                Ok(_) => return Ok(Vec::new()),
                Err(failure) if failure.code() == ErrorCode::NotFound => return Ok(Vec::new()),
                Err(failure) => return Err(error(failure)),
            }
        };
        let base = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let mut entries = Vec::new();
        let mut folders = vec![(base, start)];
        while let Some((base, tree)) = folders.pop() {
            for entry in &tree {
                let Ok(name) = entry.name() else { continue };
                let path = format!("{base}{name}");
                match Mode::of(&entry) {
                    Mode::Folder => {
                        folders.push((format!("{path}/"), self.inner.find_tree(entry.id()).map_err(error)?));
                    }
                    mode => entries.push(Entry { path, mode }),
                }
            }
        }
        entries.sort();
        Ok(entries)
    }

    /// Paths that differ between two commits, by path.
    pub fn changed_paths(&self, base: Oid, head: Oid) -> Result<Vec<Change>, GitError> {
        let (old, new) = (self.tree(base)?, self.tree(head)?);
        let attempt = || format!("compare {} and {}", base.short(), head.short());
        let mut options = git2::DiffOptions::new();
        options.include_typechange(true).skip_binary_check(true);
        let diff = self.inner.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut options));
        let diff = diff.map_err(|error| GitError::git(attempt(), error))?;
        let mut changes = Vec::new();
        for delta in diff.deltas() {
            let kind = match delta.status() {
                git2::Delta::Added => ChangeKind::Added,
                git2::Delta::Deleted => ChangeKind::Removed,
                git2::Delta::Typechange => ChangeKind::KindChanged,
                _ => ChangeKind::Modified,
            };
            let file = if kind == ChangeKind::Removed { delta.old_file() } else { delta.new_file() };
            let path = String::from_utf8_lossy(file.path_bytes().unwrap_or_default()).into_owned();
            changes.push(Change { path, kind });
        }
        changes.sort();
        Ok(changes)
    }

    /// The file at `path` in the work tree; `None` when there is none. Symbolic links on the way or at the end,
    /// and anything that is not a regular file, are refused.
    pub fn work_tree_file(&self, path: &str) -> Result<Option<File>, GitError> {
        path::check(path)?;
        let root = self.workdir().ok_or_else(|| GitError::Bare(self.git_dir().to_path_buf()))?;
        let attempt = || format!("read `{path}`");
        let mut place = root.to_path_buf();
        let mut seen = None;
        for part in path.split('/') {
            place.push(part);
            match fs::symlink_metadata(&place) {
                Ok(facts) if facts.is_symlink() => return Err(GitError::path(path, PathRefusal::Symlink)),
                Ok(facts) => seen = Some(facts),
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(GitError::io(attempt(), error)),
            }
        }
        let Some(seen) = seen.filter(fs::Metadata::is_file) else {
            return Err(GitError::path(path, PathRefusal::NotRegular));
        };
        let mut file = fs::File::open(&place).map_err(|error| GitError::io(attempt(), error))?;
        let opened = file.metadata().map_err(|error| GitError::io(attempt(), error))?;
        if !same_file(&seen, &opened) {
            // Replaced between the look and the opening, perhaps by a link.
            return Err(GitError::path(path, PathRefusal::Symlink));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| GitError::io(attempt(), error))?;
        Ok(Some(File { bytes, mode: if executable(&opened) { Mode::Executable } else { Mode::File } }))
    }

    /// Whether commit `rev` is in the object database, for histories that were cut short.
    pub fn has_commit(&self, rev: Oid) -> bool {
        native(rev).is_ok_and(|oid| self.inner.find_commit(oid).is_ok())
    }
}

#[cfg(unix)]
fn same_file(one: &fs::Metadata, two: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (two.dev(), two.ino())
}

#[cfg(not(unix))]
fn same_file(one: &fs::Metadata, two: &fs::Metadata) -> bool {
    one.file_type() == two.file_type()
}

#[cfg(unix)]
fn executable(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    facts.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> bool {
    false
}
