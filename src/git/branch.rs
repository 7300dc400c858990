//! Making one branch by compare-and-swap. Only branches under `reprompt/` are ever made, none is ever moved, and
//! one that is checked out anywhere is refused. One reference per step: several references cannot change together
//! when a process may be killed at any moment.

use super::commit::{sync_folder, sync_if_there};
use super::error::GitError;
use super::{Oid, Repo, native};
use git2::ErrorCode;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of our branches.
pub const BRANCH_FOLDER: &str = "reprompt/";

/// How long a lock must stay unchanged before it counts as left behind by a dead process. git itself holds such
/// locks for milliseconds.
const STALE_AFTER: Duration = Duration::from_millis(1500);

/// What [`BranchLock::create`] found or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The branch is new.
    New,
    /// It was there, at the same commit.
    AlreadyThere,
}

/// The right to make branches under `reprompt/`: held by one process at a time, given back by the operating system
/// when that process ends in whatever way.
#[derive(Debug)]
pub struct BranchLock<'repo> {
    repo: &'repo Repo,
    _file: fs::File,
}

impl Repo {
    /// Takes the right to make branches, or says [`GitError::Locked`] at once when another run has it. Locks that a
    /// killed run left on branches under `reprompt/` are removed; any other lock is left alone.
    pub fn lock_branches(&self) -> Result<BranchLock<'_>, GitError> {
        let place = self.common_dir().join("reprompt.lock");
        let attempt = || format!("open the lock `{}`", place.display());
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&place);
        let file = file.map_err(|error| GitError::io(attempt(), error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(GitError::Locked(place)),
            Err(fs::TryLockError::Error(error)) => return Err(GitError::io(attempt(), error)),
        }
        let lock = BranchLock { repo: self, _file: file };
        lock.remove_stale_locks()?;
        Ok(lock)
    }

    /// The git folder of the work tree that has the branch `name` checked out or is rebasing it, if any.
    pub fn checked_out_in(&self, name: &str) -> Result<Option<PathBuf>, GitError> {
        let mut folders = vec![self.common_dir().to_path_buf()];
        match fs::read_dir(self.common_dir().join("worktrees")) {
            Ok(entries) => {
                for entry in entries {
                    folders.push(entry.map_err(|error| GitError::io("list the work trees", error))?.path());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(GitError::io("list the work trees", error)),
        }
        folders.sort();
        let full = format!("refs/heads/{name}");
        Ok(folders.into_iter().find(|folder| {
            let says = |file: &str, expected: &str| {
                fs::read_to_string(folder.join(file)).is_ok_and(|text| text.trim() == expected)
            };
            says("HEAD", &format!("ref: {full}"))
                || says("rebase-merge/head-name", &full)
                || says("rebase-apply/head-name", &full)
        }))
    }
}

impl BranchLock<'_> {
    /// Makes the branch `name` at `oid` unless it exists. An existing branch at the same commit is as good.
    ///
    /// # Errors
    /// [`GitError::BadBranchName`], [`GitError::CheckedOut`], [`GitError::Conflict`] with the commit found, or
    /// [`GitError::Locked`] when git itself is changing that branch now.
    pub fn create(&self, name: &str, oid: Oid) -> Result<Created, GitError> {
        check_name(name)?;
        self.repo.commit(oid)?;
        if let Some(folder) = self.repo.checked_out_in(name)? {
            return match self.commit_of(name)? {
                Some(found) if found == oid => Ok(Created::AlreadyThere),
                _ => Err(GitError::CheckedOut { branch: name.to_string(), folder }),
            };
        }
        if let Some(found) = self.commit_of(name)? {
            return existing(name, found, oid);
        }
        if let Some(found) = self.commit_of(BRANCH_FOLDER.trim_end_matches('/'))? {
            // A branch called `reprompt` is a file where the folder must be.
            let branch = BRANCH_FOLDER.trim_end_matches('/').to_string();
            return Err(GitError::Conflict { branch, found });
        }
        let full = format!("refs/heads/{name}");
        let absent = native_zero(oid)?;
        match self.repo.inner.reference_matching(&full, native(oid)?, false, absent, "reprompt: proposed") {
            Ok(_) => {
                let file = self.repo.common_dir().join(&full);
                sync_if_there(&file)?;
                file.parent().map_or(Ok(()), sync_folder)?;
                Ok(Created::New)
            }
            Err(error) if error.code() == ErrorCode::Locked => {
                Err(GitError::Locked(self.repo.common_dir().join(format!("{full}.lock"))))
            }
            Err(error) => match self.commit_of(name)? {
                Some(found) => existing(name, found, oid),
                None => Err(GitError::git(format!("make the branch `{name}`"), error)),
            },
        }
    }

    fn commit_of(&self, name: &str) -> Result<Option<Oid>, GitError> {
        match self.repo.inner.refname_to_id(&format!("refs/heads/{name}")) {
            Ok(oid) => Ok(Some(oid.into())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(GitError::git(format!("read the branch `{name}`"), error)),
        }
    }

    /// Removes locks under `refs/heads/reprompt/` that do not change while we watch. We hold the right to make
    /// branches there, so their owner is dead or is git at work; git is given [`STALE_AFTER`] to finish.
    fn remove_stale_locks(&self) -> Result<(), GitError> {
        let folder = self.repo.common_dir().join("refs/heads").join(BRANCH_FOLDER);
        let before = locks(&folder)?;
        if before.is_empty() {
            return Ok(());
        }
        std::thread::sleep(STALE_AFTER);
        let now = locks(&folder)?;
        for lock in before.iter().filter(|lock| now.contains(lock)) {
            match fs::remove_file(&lock.0) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(GitError::io(format!("remove the stale lock `{}`", lock.0.display()), error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

type Seen = (PathBuf, Option<std::time::SystemTime>, u64);

/// Lock files of references directly in `folder`, with what would change if their owner were alive.
fn locks(folder: &Path) -> Result<Vec<Seen>, GitError> {
    let error = |error| GitError::io(format!("list `{}`", folder.display()), error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(failure) if matches!(failure.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(failure) => return Err(error(failure)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(error)?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "lock")
            && let Ok(facts) = entry.metadata()
        {
            found.push((path, facts.modified().ok(), facts.len()));
        }
    }
    found.sort();
    Ok(found)
}

fn existing(name: &str, found: Oid, wanted: Oid) -> Result<Created, GitError> {
    if found == wanted {
        return Ok(Created::AlreadyThere);
    }
    Err(GitError::Conflict { branch: name.to_string(), found })
}

/// Our branches are `reprompt/` and one part of lower-case letters, digits and dashes.
fn check_name(name: &str) -> Result<(), GitError> {
    let fits = name.strip_prefix(BRANCH_FOLDER).is_some_and(|part| {
        !part.is_empty()
            && part.len() <= 80
            && !part.starts_with('-')
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    });
    if fits && git2::Reference::is_valid_name(&format!("refs/heads/{name}")) {
        return Ok(());
    }
    Err(GitError::BadBranchName(name.chars().take(100).collect()))
}

/// The name that means "no such reference", as long as the repository's other names.
fn native_zero(like: Oid) -> Result<git2::Oid, GitError> {
    git2::Oid::from_bytes(&vec![0; like.as_bytes().len()]).map_err(|error| GitError::git("make a branch", error))
}
