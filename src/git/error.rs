//! What can go wrong in a repository, as types that the door turns into messages and hints.

use super::Oid;
use std::io;
use std::path::PathBuf;

/// A failed git operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The folder to start from is not there.
    #[error("there is no folder `{}`", .0.display())]
    NoSuchFolder(PathBuf),
    /// The repository belongs to another user and is not listed as safe. What to do:
    /// `git config --global --add safe.directory PATH`.
    #[error("the repository at `{}` belongs to another user", .path.display())]
    NotOwned {
        /// The folder that must be listed.
        path: PathBuf,
    },
    /// The repository's format is one that the git library inside this program cannot open.
    #[error("the repository at `{}` uses {format}, which this program cannot open yet", .path.display())]
    UnsupportedFormat {
        /// The repository.
        path: PathBuf,
        /// The format: `reftable references`, `SHA-256 object names`, or the extension's name.
        format: String,
    },
    /// No such revision.
    #[error("there is no revision `{0}`")]
    NoSuchRevision(String),
    /// An abbreviated name that fits more than one object.
    #[error("the revision `{0}` fits more than one object")]
    AmbiguousRevision(String),
    /// The repository has no commit on the current branch.
    #[error("the repository has no commit yet")]
    Unborn,
    /// A bare repository has no files to read or compare.
    #[error("the repository at `{}` is bare: it has no work tree", .0.display())]
    Bare(PathBuf),
    /// A path that must not be read or written.
    #[error("the path `{path}` is refused: {reason}")]
    BadPath {
        /// The path, from the repository's root.
        path: String,
        /// Why.
        reason: PathRefusal,
    },
    /// `user.name` or `user.email` is not configured.
    #[error("git does not know who you are: `{key}` is not set")]
    NoAuthor {
        /// The missing key.
        key: &'static str,
    },
    /// A branch name that git does not accept or that is outside our folder.
    #[error("`{0}` is not a branch name that can be written")]
    BadBranchName(String),
    /// The branch is checked out, so moving it would change somebody's work tree.
    #[error("the branch `{branch}` is checked out in `{}`", .folder.display())]
    CheckedOut {
        /// The branch.
        branch: String,
        /// The git folder of the work tree that has it.
        folder: PathBuf,
    },
    /// The branch exists with another commit than the one expected.
    #[error("the branch `{branch}` already exists at {}", .found.short())]
    Conflict {
        /// The branch.
        branch: String,
        /// Where it is.
        found: Oid,
    },
    /// Somebody holds the lock of a reference.
    #[error("the lock `{}` is held by another git process", .0.display())]
    Locked(PathBuf),
    /// A commit that would change nothing.
    #[error("the commit would change nothing")]
    NothingChanged,
    /// A text that cannot be stored in a commit, as a name with `<` or a message with a NUL.
    #[error("the {0} cannot be written into a commit")]
    BadText(&'static str),
    /// Files and disks.
    #[error("cannot {attempt}")]
    Io {
        /// As in "read `x`".
        attempt: String,
        /// Why.
        source: io::Error,
    },
    /// Anything else the library reports, such as a damaged object.
    #[error("cannot {attempt}")]
    Git {
        /// As in "read the tree of abc".
        attempt: String,
        /// The library's own words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathRefusal {
    /// Empty, absolute, or with an empty, `.` or `..` part.
    #[error("it is not a plain path inside the repository")]
    NotPlain,
    /// Spelled so that some file system would take it for git's own folder.
    #[error("a part of it looks like git's own folder")]
    GitFolder,
    /// Control characters, a leading `-` or `:`, a back slash, or a name that some systems reserve.
    #[error("a part of it has characters or a name that other programs would misread")]
    Misleading,
    /// A symbolic link, or under one.
    #[error("it is, or lies behind, a symbolic link")]
    Symlink,
    /// A submodule, or inside one.
    #[error("it is a submodule")]
    Submodule,
    /// A folder, or neither file nor folder.
    #[error("it is not a regular file")]
    NotRegular,
    /// It would be a new file outside the folders where new files may be made.
    #[error("there is no such file at that revision, and new files are not made there")]
    NewFile,
}

impl GitError {
    pub(super) fn git(attempt: impl Into<String>, source: git2::Error) -> Self {
        Self::Git { attempt: attempt.into(), source: Box::new(source) }
    }

    pub(super) fn io(attempt: impl Into<String>, source: io::Error) -> Self {
        Self::Io { attempt: attempt.into(), source }
    }

    pub(super) fn path(path: &str, reason: PathRefusal) -> Self {
        Self::BadPath { path: path.chars().take(200).collect(), reason }
    }
}
