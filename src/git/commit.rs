//! Deciding a commit, and writing it. A [`CommitPlan`] is checked and complete before anything is written, so that
//! it can be shown; [`Repo::write`] then makes blobs, trees and the commit and moves no reference. Until a branch
//! names it (`branch`), a commit is only objects that nothing reaches: a run that dies leaves nothing to see.

use super::error::{GitError, PathRefusal};
use super::read::Mode;
use super::{Oid, Repo, native, path};
use crate::clock::Timestamp;
use git2::ErrorCode;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Who signs a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `user.name`.
    pub name: String,
    /// `user.email`.
    pub email: String,
}

/// What a commit should hold.
#[derive(Clone, Debug)]
pub struct CommitRequest<'a> {
    /// The commit it goes on top of.
    pub parent: Oid,
    /// New content by path. Files that are not named stay as they are.
    pub changes: &'a BTreeMap<String, Vec<u8>>,
    /// Folders in which files may be made that are not there yet. Elsewhere only existing files change.
    pub new_under: &'a [&'a str],
    /// The message.
    pub message: &'a str,
    /// Author and committer.
    pub author: &'a Person,
    /// Date of both; seconds count, and the zone is UTC.
    pub time: Timestamp,
}

/// A commit that was checked and not yet written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPlan {
    /// The commit it goes on top of.
    pub parent: Oid,
    /// What it changes, by path; never empty.
    pub changes: Vec<PlannedChange>,
    /// The message, ended by a line end.
    pub message: String,
    /// Author and committer.
    pub author: Person,
    /// Date of both.
    pub time: Timestamp,
}

/// One file of a [`CommitPlan`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedChange {
    /// Path from the repository's root.
    pub path: String,
    /// The old content; `None` for a new file.
    pub before: Option<Vec<u8>>,
    /// The new content.
    pub after: Vec<u8>,
    /// Regular or executable; kept from the old file.
    pub mode: Mode,
}

impl Repo {
    /// Who git says the user is, from its configuration.
    ///
    /// # Errors
    /// [`GitError::NoAuthor`] with the missing key.
    pub fn author(&self) -> Result<Person, GitError> {
        let config = self.inner.config().map_err(|error| GitError::git("read git's configuration", error))?;
        let text = |key: &'static str| match config.get_string(key) {
            Ok(value) if !value.trim().is_empty() => Ok(value.trim().to_string()),
            Ok(_) => Err(GitError::NoAuthor { key }),
            Err(error) if error.code() == ErrorCode::NotFound => Err(GitError::NoAuthor { key }),
            Err(error) => Err(GitError::git(format!("read `{key}` from git's configuration"), error)),
        };
        Ok(Person { name: text("user.name")?, email: text("user.email")? })
    }

    /// Checks a commit and completes it with the old contents; writes nothing.
    ///
    /// # Errors
    /// [`GitError::BadPath`] for a path that is no regular file, lies behind a link or submodule, or is new outside
    /// `new_under`; [`GitError::BadText`]; [`GitError::NothingChanged`].
    pub fn plan_commit(&self, request: &CommitRequest<'_>) -> Result<CommitPlan, GitError> {
        signature(request.author, request.time)?;
        if request.message.trim().is_empty() || request.message.contains('\0') {
            return Err(GitError::BadText("message"));
        }
        let tree = self.tree(request.parent)?;
        let mut changes = Vec::new();
        for (path, after) in request.changes {
            path::check(path)?;
            let (before, mode) = match self.existing(&tree, path, request.parent)? {
                Some((mode, bytes)) => (Some(bytes), mode),
                None if request.new_under.iter().any(|folder| is_under(path, folder)) => (None, Mode::File),
                None => return Err(GitError::path(path, PathRefusal::NewFile)),
            };
            if before.as_ref() != Some(after) {
                changes.push(PlannedChange { path: path.clone(), before, after: after.clone(), mode });
            }
        }
        if changes.is_empty() {
            return Err(GitError::NothingChanged);
        }
        let message = format!("{}\n", request.message.trim_end());
        let author = request.author.clone();
        Ok(CommitPlan { parent: request.parent, changes, message, author, time: request.time })
    }

    /// The regular file at `path`, or `None` when nothing is there; anything else on the way is refused.
    fn existing(&self, tree: &git2::Tree<'_>, path: &str, rev: Oid) -> Result<Option<(Mode, Vec<u8>)>, GitError> {
        let mut prefix = String::new();
        for part in path.split('/') {
            if !prefix.is_empty() {
                prefix.push('/');
            }
            prefix.push_str(part);
            let entry = match tree.get_path(Path::new(&prefix)) {
                Ok(entry) => entry,
                Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
                Err(error) => return Err(GitError::git(format!("read `{prefix}` at {}", rev.short()), error)),
            };
            let mode = Mode::of(&entry);
            match mode {
                Mode::Folder if prefix.len() < path.len() => {}
                Mode::File | Mode::Executable if prefix.len() == path.len() => {
                    return Ok(Some((mode, self.blob(entry.id(), path, rev)?)));
                }
                _ => return Err(GitError::path(path, mode.refusal().unwrap_or(PathRefusal::NotRegular))),
            }
        }
        Ok(None)
    }

    /// Writes the objects of `plan` to disk and returns the commit's name. No reference moves, and writing the same
    /// plan twice gives the same name.
    pub fn write(&self, plan: &CommitPlan) -> Result<Oid, GitError> {
        let error = |what: &str| format!("write the {what}");
        let base = self.tree(plan.parent)?;
        let mut update = git2::build::TreeUpdateBuilder::new();
        let mut written = Vec::new();
        for change in &plan.changes {
            let blob = self.inner.blob(&change.after);
            let blob = blob.map_err(|source| GitError::git(error(&format!("content of `{}`", change.path)), source))?;
            let mode =
                if change.mode == Mode::Executable { git2::FileMode::BlobExecutable } else { git2::FileMode::Blob };
            update.upsert(change.path.as_str(), blob, mode);
            written.push(blob);
        }
        let tree = update.create_updated(&self.inner, &base).map_err(|source| GitError::git(error("tree"), source))?;
        written.push(tree);
        let tree = self.inner.find_tree(tree).map_err(|source| GitError::git(error("tree"), source))?;
        for change in &plan.changes {
            for (index, _) in change.path.match_indices('/') {
                if let Some(folder) = change.path.get(..index)
                    && let Ok(entry) = tree.get_path(Path::new(folder))
                {
                    written.push(entry.id());
                }
            }
        }
        let author = signature(&plan.author, plan.time)?;
        let parent = self.commit(plan.parent)?;
        let commit = self.inner.commit(None, &author, &author, &plan.message, &tree, &[&parent]);
        let commit = commit.map_err(|source| GitError::git(error("commit"), source))?;
        written.push(commit);
        self.sync_objects(&written)?;
        Ok(commit.into())
    }

    /// Brings loose objects to the disk before a reference may name them, so that a power cut cannot leave a branch
    /// without its commit. Objects that were there before may be in a pack; those are as safe as the rest of it.
    fn sync_objects(&self, oids: &[git2::Oid]) -> Result<(), GitError> {
        let objects = self.common_dir().join("objects");
        for oid in oids {
            let hex = oid.to_string();
            let (Some(folder), Some(name)) = (hex.get(..2), hex.get(2..)) else { continue };
            let folder = objects.join(folder);
            sync_if_there(&folder.join(name))?;
            sync_folder(&folder)?;
        }
        Ok(())
    }

    /// The name that `bytes` have as a blob; writes nothing.
    pub fn blob_name(&self, bytes: &[u8]) -> Result<Oid, GitError> {
        let name = git2::Oid::hash_object_ext(git2::ObjectType::Blob, bytes, self.inner.object_format());
        Ok(name.map_err(|error| GitError::git("name a blob", error))?.into())
    }

    /// Whether `oid` is on disk as any object.
    pub fn has_object(&self, oid: Oid) -> bool {
        let exists = |oid| self.inner.odb().map(|odb| odb.exists(oid));
        native(oid).is_ok_and(|oid| exists(oid).unwrap_or(false))
    }
}

fn is_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

pub(super) fn signature(person: &Person, time: Timestamp) -> Result<git2::Signature<'static>, GitError> {
    let unfit = |text: &str| text.trim().is_empty() || text.contains(['<', '>', '\n', '\0']);
    if unfit(&person.name) {
        return Err(GitError::BadText("author's name"));
    }
    if unfit(&person.email) {
        return Err(GitError::BadText("author's address"));
    }
    let time = git2::Time::new(time.0.div_euclid(1000), 0);
    git2::Signature::new(&person.name, &person.email, &time)
        .map_err(|error| GitError::git("write the author's name and date", error))
}

/// Flushes a file that may not be there.
pub(super) fn sync_if_there(path: &Path) -> Result<(), GitError> {
    match fs::File::open(path).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(GitError::io(format!("bring `{}` to the disk", path.display()), error))
        }
        _ => Ok(()),
    }
}

/// Flushes a folder's entries where the system has such a thing.
pub(super) fn sync_folder(path: &Path) -> Result<(), GitError> {
    if cfg!(unix) { sync_if_there(path) } else { Ok(()) }
}
