//! From the errors of rooms and walls to [`CommandError`]: whose fault it is, and what to try.

use super::error::{CommandError, ErrorKind};
use crate::git::{GitError, PathRefusal};
use crate::prompt::config::{ConfigError, ConfigProblem};
use std::io;

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        let later = matches!(error.problem, ConfigProblem::NotYetSupported(_));
        let built = Self::usage(format!("cannot use the config: {error}"));
        if later { built.hint("Leave it out; it is never ignored silently.") } else { built }
    }
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let message = error.to_string();
        let plain = |kind| Self::new(kind, message.trim_end());
        match &error {
            GitError::NoSuchFolder(_) => plain(ErrorKind::Usage),
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
