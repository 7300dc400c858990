//! WALL: git2, and only here. Reads files, histories and references by revision; writes a commit out of git
//! objects alone and then creates one branch by compare-and-swap. It never touches the work tree, the index, HEAD
//! or any branch outside `reprompt/`, runs no hook, no filter and no other program, and follows no symbolic link.
//! The one exception is [`Repo::found`], which makes a new repository in an empty folder.
//!
//! Absence is `None`; an error is something a person must hear about ([`GitError`]). Time and author come in as
//! values.

#![expect(clippy::disallowed_types, reason = "the wall around git2")]

mod branch;
mod commit;
mod error;
mod found;
mod history;
mod oid;
mod path;
mod read;

pub use branch::{BRANCH_FOLDER, BranchLock, Created};
pub use commit::{CommitPlan, CommitRequest, Person, PlannedChange};
pub use error::{GitError, PathRefusal};
pub use found::Chapter;
pub use history::{Commit, FileVersion};
pub use oid::{Oid, ParseOidError};
pub use read::{Change, ChangeKind, Entry, File, Mode};

use git2::{ErrorCode, Repository};
use std::fmt;
use std::path::{Path, PathBuf};

/// An open repository.
pub struct Repo {
    inner: Repository,
}

impl fmt::Debug for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repo").field("git_dir", &self.inner.path()).finish()
    }
}

/// What HEAD says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch that has no commit yet.
    Unborn,
    /// A branch.
    Branch {
        /// Its short name, as `main`.
        name: String,
        /// Its commit.
        oid: Oid,
    },
    /// A commit without a branch.
    Detached(Oid),
}

impl Head {
    /// The commit, if there is one.
    pub fn oid(&self) -> Option<Oid> {
        match self {
            Self::Unborn => None,
            Self::Branch { oid, .. } | Self::Detached(oid) => Some(*oid),
        }
    }
}

/// A branch and its commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Branch {
    /// Short name: `main`, `reprompt/f-1234`, or `origin/main` for an upstream.
    pub name: String,
    /// Its commit.
    pub oid: Oid,
}

impl Repo {
    /// The repository that holds the folder `start`, found by walking up; `None` when there is none.
    ///
    /// # Errors
    /// [`GitError::NoSuchFolder`], [`GitError::NotOwned`], [`GitError::UnsupportedFormat`], or what the library
    /// says about a damaged repository.
    pub fn discover(start: &Path) -> Result<Option<Self>, GitError> {
        if !start.is_dir() {
            return Err(GitError::NoSuchFolder(start.to_path_buf()));
        }
        match Repository::discover(start) {
            Ok(inner) => Ok(Some(Self { inner })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(open_error(start, error)),
        }
    }

    /// The `.git` folder of this work tree (for a linked work tree, its own one).
    pub fn git_dir(&self) -> &Path {
        self.inner.path()
    }

    /// The `.git` folder that all work trees share.
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }

    /// The top folder of the work tree; `None` in a bare repository.
    pub fn workdir(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// Whether the repository has no work tree.
    pub fn is_bare(&self) -> bool {
        self.inner.is_bare()
    }

    /// Whether older history was left out when it was cloned, so that [`Repo::root_commit`] and histories end early.
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow()
    }

    /// What HEAD says.
    pub fn head(&self) -> Result<Head, GitError> {
        match self.inner.head() {
            Ok(head) => {
                let commit = head.peel_to_commit().map_err(|error| GitError::git("read HEAD's commit", error))?;
                let oid = commit.id().into();
                match head.shorthand() {
                    Ok(name) if head.is_branch() => Ok(Head::Branch { name: name.to_string(), oid }),
                    _ => Ok(Head::Detached(oid)),
                }
            }
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(Head::Unborn),
            Err(error) => Err(GitError::git("read HEAD", error)),
        }
    }

    /// HEAD's commit, or [`GitError::Unborn`].
    pub fn head_or_fail(&self) -> Result<Oid, GitError> {
        self.head()?.oid().ok_or(GitError::Unborn)
    }

    /// The commit that `spec` (a branch, tag, hash, `HEAD~2`, `:/text` …) means; `None` when there is none.
    pub fn resolve(&self, spec: &str) -> Result<Option<Oid>, GitError> {
        let object = match self.inner.revparse_single(spec) {
            Ok(object) => object,
            Err(error) if error.code() == ErrorCode::Ambiguous => {
                return Err(GitError::AmbiguousRevision(spec.to_string()));
            }
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => return Ok(None),
            Err(error) => return Err(GitError::git(format!("read the revision `{spec}`"), error)),
        };
        match object.peel_to_commit() {
            Ok(commit) => Ok(Some(commit.id().into())),
            Err(_) => Ok(None),
        }
    }

    /// [`Repo::resolve`], where absence is [`GitError::NoSuchRevision`].
    pub fn resolve_or_fail(&self, spec: &str) -> Result<Oid, GitError> {
        self.resolve(spec)?.ok_or_else(|| GitError::NoSuchRevision(spec.to_string()))
    }

    /// The upstream of the current branch, if it has one that was fetched.
    pub fn upstream_of_head(&self) -> Result<Option<Branch>, GitError> {
        let Head::Branch { name, .. } = self.head()? else { return Ok(None) };
        let absent = |error: &git2::Error| error.code() == ErrorCode::NotFound;
        let upstream = match self.inner.find_branch(&name, git2::BranchType::Local).and_then(|found| found.upstream()) {
            Ok(upstream) => upstream.into_reference(),
            Err(error) if absent(&error) => return Ok(None),
            Err(error) => return Err(GitError::git(format!("read the upstream of `{name}`"), error)),
        };
        let commit = upstream.peel_to_commit().map_err(|error| GitError::git("read the upstream's commit", error))?;
        let name = String::from_utf8_lossy(upstream.shorthand_bytes()).into_owned();
        Ok(Some(Branch { name, oid: commit.id().into() }))
    }

    /// The best common ancestor; `None` for unrelated histories.
    pub fn merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>, GitError> {
        match self.inner.merge_base(native(one)?, native(two)?) {
            Ok(oid) => Ok(Some(oid.into())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => {
                Err(GitError::git(format!("find the merge base of {} and {}", one.short(), two.short()), error))
            }
        }
    }

    /// Whether `ancestor` is `descendant` or reachable from it.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, GitError> {
        if ancestor == descendant {
            return Ok(true);
        }
        self.inner.graph_descendant_of(native(descendant)?, native(ancestor)?).map_err(|error| {
            GitError::git(format!("compare the history of {} and {}", ancestor.short(), descendant.short()), error)
        })
    }

    /// Local branches whose short name starts with `prefix`, by name.
    pub fn branches(&self, prefix: &str) -> Result<Vec<Branch>, GitError> {
        self.references("refs/heads/", |name| name.starts_with(prefix))
    }

    /// Remote-tracking branches (`origin/reprompt/…`) whose name after the remote's own starts with `prefix`.
    pub fn remote_branches(&self, prefix: &str) -> Result<Vec<Branch>, GitError> {
        self.references("refs/remotes/", |name| name.split_once('/').is_some_and(|(_, rest)| rest.starts_with(prefix)))
    }

    /// Tags of commits, by name.
    pub fn tags(&self) -> Result<Vec<Branch>, GitError> {
        self.references("refs/tags/", |_| true)
    }

    fn references(&self, under: &str, keep: impl Fn(&str) -> bool) -> Result<Vec<Branch>, GitError> {
        let error = |error| GitError::git("list the branches", error);
        let mut branches = Vec::new();
        for reference in self.inner.references_glob(&format!("{under}*")).map_err(error)? {
            let reference = reference.map_err(error)?;
            // A name that is not UTF-8 cannot be one of ours or be typed by a user of this program.
            let Ok(name) = reference.name() else { continue };
            let Some(short) = name.strip_prefix(under) else { continue };
            if !keep(short) {
                continue;
            }
            // A branch whose commit is gone is damage elsewhere; it must not stop work on the others.
            if let Ok(commit) = reference.peel_to_commit() {
                branches.push(Branch { name: short.to_string(), oid: commit.id().into() });
            }
        }
        branches.sort();
        Ok(branches)
    }

    fn commit(&self, oid: Oid) -> Result<git2::Commit<'_>, GitError> {
        self.inner
            .find_commit(native(oid)?)
            .map_err(|error| GitError::git(format!("read commit {}", oid.short()), error))
    }

    fn tree(&self, oid: Oid) -> Result<git2::Tree<'_>, GitError> {
        self.commit(oid)?.tree().map_err(|error| GitError::git(format!("read the tree of {}", oid.short()), error))
    }
}

fn native(oid: Oid) -> Result<git2::Oid, GitError> {
    git2::Oid::from_bytes(oid.as_bytes()).map_err(|error| GitError::git(format!("use the name {}", oid.short()), error))
}

/// Tells what a failed opening means; the library has codes for some cases and only words for others.
fn open_error(start: &Path, error: git2::Error) -> GitError {
    let path = repository_folder(start);
    if error.code() == ErrorCode::Owner {
        return GitError::NotOwned { path };
    }
    let words = error.message().to_ascii_lowercase();
    let format = if words.contains("refstorage") {
        Some("reftable references".to_string())
    } else if words.contains("objectformat") || words.contains("object format") {
        Some("SHA-256 object names".to_string())
    } else {
        words.split_once("unsupported extension name ").map(|(_, name)| format!("the extension `{name}`"))
    };
    match format {
        Some(format) => GitError::UnsupportedFormat { path, format },
        None => GitError::git(format!("open the repository at `{}`", path.display()), error),
    }
}

/// The folder that holds the repository, for messages about one that cannot be opened.
fn repository_folder(start: &Path) -> PathBuf {
    let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_path_buf());
    let found = absolute.ancestors().find(|folder| folder.join(".git").exists() || folder.join("HEAD").is_file());
    found.unwrap_or(&absolute).to_path_buf()
}

#[cfg(test)]
mod tests;
