//! Commits and the versions of one file. Histories follow first parents only: on the branch that ships, a merge is
//! the moment when a change went live, and what happened on the side branch before it did not.

use super::error::GitError;
use super::read::Mode;
use super::{Oid, Repo, native, path};
use crate::clock::Timestamp;
use git2::ErrorCode;
use std::path::Path;

/// What a commit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub oid: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// When it was committed (not written: rebase and squash keep the older date in the author's field).
    pub time: Timestamp,
    /// The author's name.
    pub author: String,
    /// The first line.
    pub subject: String,
    /// The whole message.
    pub message: String,
    /// Trailers (`Key: value` lines of the last paragraph), in order.
    pub trailers: Vec<(String, String)>,
}

impl Commit {
    /// Values of the trailer `key`, whatever its case.
    pub fn trailer<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.trailers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }
}

/// One version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// The commit that brought it.
    pub commit: Oid,
    /// When that was.
    pub time: Timestamp,
    /// By whom.
    pub author: String,
    /// That commit's first line.
    pub subject: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Repo {
    /// The first commit of HEAD's first-parent history; `None` when there is no commit. In a shallow clone it is
    /// the oldest commit that is present, so it may differ between clones: see [`Repo::is_shallow`].
    pub fn root_commit(&self) -> Result<Option<Oid>, GitError> {
        let Some(head) = self.head()?.oid() else { return Ok(None) };
        let mut root = head;
        for commit in self.first_parents(head) {
            root = commit?.id().into();
        }
        Ok(Some(root))
    }

    /// The commit `oid`.
    pub fn commit_info(&self, oid: Oid) -> Result<Commit, GitError> {
        Ok(describe(&self.commit(oid)?))
    }

    /// Up to `limit` commits reachable from `from` by any parent, newest first.
    pub fn log(&self, from: Oid, limit: usize) -> Result<Vec<Commit>, GitError> {
        let error = |error| GitError::git(format!("walk the history of {}", from.short()), error);
        let mut walk = self.inner.revwalk().map_err(error)?;
        walk.set_sorting(git2::Sort::TIME | git2::Sort::TOPOLOGICAL).map_err(error)?;
        walk.push(native(from)?).map_err(error)?;
        let mut commits = Vec::new();
        for oid in walk.take(limit) {
            commits.push(describe(&self.inner.find_commit(oid.map_err(error)?).map_err(error)?));
        }
        Ok(commits)
    }

    /// Versions of the file at `path` up to commit `from`, newest first, at most `limit`: one for each commit on the
    /// first-parent line in which its content changed. Links and submodules at that path are no versions. Renames
    /// are not followed.
    pub fn history(&self, from: Oid, path: &str, limit: usize) -> Result<Vec<FileVersion>, GitError> {
        path::check(path)?;
        let mut versions = Vec::new();
        self.walk_changes(from, path, |repo, commit, blob| {
            if let Some(blob) = blob {
                let oid = commit.id().into();
                versions.push(FileVersion {
                    commit: oid,
                    time: time_of(commit),
                    author: author_of(commit),
                    subject: subject_of(commit),
                    bytes: repo.blob(blob, path, oid)?,
                });
            }
            Ok(versions.len() < limit)
        })?;
        versions.truncate(limit);
        Ok(versions)
    }

    /// Commits on the first-parent line up to `from` that added, changed or removed the file at `path`, newest
    /// first, at most `limit`.
    pub fn commits_touching(&self, from: Oid, path: &str, limit: usize) -> Result<Vec<Commit>, GitError> {
        path::check(path)?;
        let mut commits = Vec::new();
        self.walk_changes(from, path, |_, commit, _| {
            commits.push(describe(commit));
            Ok(commits.len() < limit)
        })?;
        commits.truncate(limit);
        Ok(commits)
    }

    /// Calls `visit` with each first-parent commit in which the blob at `path` differs from the parent's, and that
    /// blob, until it says `false`.
    fn walk_changes(
        &self,
        from: Oid,
        path: &str,
        mut visit: impl FnMut(&Self, &git2::Commit<'_>, Option<git2::Oid>) -> Result<bool, GitError>,
    ) -> Result<(), GitError> {
        let mut child: Option<(git2::Commit<'_>, Option<git2::Oid>)> = None;
        for commit in self.first_parents(from) {
            let commit = commit?;
            let blob = self.blob_at(&commit, path)?;
            if let Some((newer, newer_blob)) = child.take()
                && newer_blob != blob
                && !visit(self, &newer, newer_blob)?
            {
                return Ok(());
            }
            child = Some((commit, blob));
        }
        if let Some((root, Some(blob))) = child {
            visit(self, &root, Some(blob))?;
        }
        Ok(())
    }

    fn blob_at(&self, commit: &git2::Commit<'_>, path: &str) -> Result<Option<git2::Oid>, GitError> {
        let attempt = || format!("read `{path}` at {}", Oid::from(commit.id()).short());
        let tree = commit.tree().map_err(|error| GitError::git(attempt(), error))?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) => Ok(Mode::of(&entry).is_regular().then(|| entry.id())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(GitError::git(attempt(), error)),
        }
    }

    /// The commit `from` and its first parents, newest first. Walked by hand: a sorted walk of the library reads
    /// the whole history before it gives the first commit.
    fn first_parents(&self, from: Oid) -> impl Iterator<Item = Result<git2::Commit<'_>, GitError>> {
        let mut next = Some(self.commit(from));
        std::iter::from_fn(move || {
            let commit = match next.take()? {
                Ok(commit) => commit,
                Err(error) => return Some(Err(error)),
            };
            next = commit.parent_id(0).ok().map(|parent| self.commit(parent.into()));
            Some(Ok(commit))
        })
    }
}

fn describe(commit: &git2::Commit<'_>) -> Commit {
    let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
    Commit {
        oid: commit.id().into(),
        parents: commit.parent_ids().map(Oid::from).collect(),
        time: time_of(commit),
        author: author_of(commit),
        subject: subject_of(commit),
        trailers: trailers(&message),
        message,
    }
}

/// A message that the library cannot read has no trailers.
fn trailers(message: &str) -> Vec<(String, String)> {
    let Ok(found) = git2::message_trailers_strs(message) else { return Vec::new() };
    found.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn time_of(commit: &git2::Commit<'_>) -> Timestamp {
    Timestamp(commit.time().seconds().saturating_mul(1000))
}

fn author_of(commit: &git2::Commit<'_>) -> String {
    String::from_utf8_lossy(commit.author().name_bytes()).into_owned()
}

fn subject_of(commit: &git2::Commit<'_>) -> String {
    String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default()).into_owned()
}
