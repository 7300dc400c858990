//! From the errors of rooms and walls to [`CommandError`]: whose fault it is, and what to try.

use super::error::{CommandError, ErrorKind};
use crate::git::{GitError, PathRefusal};
use crate::prompt::config::{ConfigError, ConfigProblem};
use crate::prompt::file::PromptError;
use crate::store::StoreError;
use std::io;

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        let later = matches!(*error.problem, ConfigProblem::NotYetSupported(_));
        let built = Self::usage(format!("cannot use the config: {error}"));
        if later { built.hint("Leave it out; it is never ignored silently.") } else { built }
    }
}

impl From<PromptError> for CommandError {
    fn from(error: PromptError) -> Self {
        Self::usage(format!("cannot use {error}"))
    }
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let message = error.to_string();
        let plain = |kind| Self::new(kind, message.trim_end());
        match &error {
            GitError::NotOwned { path } => plain(ErrorKind::Usage)
                .hint(format!("If you trust it: git config --global --add safe.directory {}", path.display())),
            GitError::UnsupportedFormat { .. } => plain(ErrorKind::Usage)
                .hint("Use a clone with the files reference format and SHA-1 objects: git clone --ref-format=files"),
            GitError::NoSuchRevision(_) => plain(ErrorKind::Usage)
                .hint("`git log --oneline --all` lists what there is; a shallow clone may lack it."),
            GitError::AmbiguousRevision(_) => plain(ErrorKind::Usage).hint("Give more digits."),
            GitError::Unborn => plain(ErrorKind::Usage).hint("Commit the prompts first: git add -A && git commit"),
            GitError::Bare(_) => {
                plain(ErrorKind::Usage).hint("Name the revision to compare with --head, or work in a clone of it.")
            }
            GitError::BadPath { reason: PathRefusal::Symlink, .. } => plain(ErrorKind::Refused)
                .hint("Prompt files are read from where they are; name the file that the link points to."),
            GitError::BadPath { .. } => plain(ErrorKind::Refused),
            GitError::NoAuthor { key } => plain(ErrorKind::Usage).hint(format!("git config --global {key} \"…\"")),
            GitError::CheckedOut { .. } => plain(ErrorKind::Refused)
                .hint("Check out another branch there; this program never moves a branch under a work tree."),
            GitError::Conflict { branch, .. } => plain(ErrorKind::Refused).hint(format!(
                "Look at it (`git log {branch}`); delete it with `git branch -D {branch}` to have it drafted again."
            )),
            GitError::Locked(_) => {
                plain(ErrorKind::TryAgain).hint("Wait for that git process to end and run the same command again.")
            }
            GitError::Io { attempt, source } => {
                Self::io(format!("cannot {attempt}"), io::Error::new(source.kind(), source.to_string()))
            }
            GitError::Git { .. } => {
                plain(ErrorKind::Integrity).caused_by(error).hint("`git fsck` says more about the repository.")
            }
            _ => plain(ErrorKind::Usage),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match &error {
            StoreError::NotFound(_) => {
                Self::usage("there are no conversations yet: nothing was ingested for this repository")
                    .hint("reprompt ingest PATH reads exported traces; -C DIR names another repository.")
            }
            StoreError::NotAbsolute(_) => Self::usage(message),
            StoreError::Locked { .. } => {
                Self::new(ErrorKind::TryAgain, message).hint("Wait until it ends and run the same command again.")
            }
            StoreError::TooNew { .. } => {
                Self::new(ErrorKind::Integrity, message).hint("Update reprompt, or name another folder: --cache DIR")
            }
            StoreError::Foreign { path, .. } | StoreError::Integrity { path, .. } => {
                let hint = format!("Move `{}` away and run `reprompt ingest` again.", path.display());
                Self::new(ErrorKind::Integrity, message).hint(hint)
            }
            StoreError::OldSqlite { .. } => Self::new(ErrorKind::Integrity, message),
            StoreError::Full { .. } => Self::new(ErrorKind::Io, message)
                .hint("Free some space on that disk and run the same command again; nothing was lost."),
            StoreError::Io { source, .. } => Self::io(message, io::Error::new(source.kind(), source.to_string())),
            StoreError::Sqlite { .. } => Self::new(ErrorKind::Io, message).caused_by(error),
        }
    }
}
