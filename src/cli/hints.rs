//! From the errors of rooms and walls to [`CommandError`]: whose fault it is, and what to try.

use super::error::{CommandError, ErrorKind};
use crate::git::{GitError, PathRefusal};
use crate::llm::{FailureKind, ModelError};
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
            StoreError::NoRoom { .. } => Self::new(ErrorKind::Io, message)
                .hint("Free some space on that disk and run the same command again; nothing was changed."),
            StoreError::Io { source, .. } => Self::io(message, io::Error::new(source.kind(), source.to_string())),
            StoreError::Sqlite { source, .. } => {
                let code =
                    source.sqlite_error().map_or(String::new(), |error| format!(" (SQLite {})", error.extended_code));
                Self::new(ErrorKind::Io, message)
                    .caused_by(io::Error::other(format!("{source}{code}")))
                    .hint("Look at that disk, and run the same command again when it can be written; nothing was lost.")
            }
        }
    }
}

impl From<ModelError> for CommandError {
    fn from(error: ModelError) -> Self {
        let message = error.to_string();
        match &error {
            ModelError::Provider { model, failure } => provider(message, model, failure.kind),
            ModelError::Budget { .. } => Self::new(ErrorKind::Budget, message)
                .hint("Allow more with --max-cost, or see where it went: reprompt log --cost")
                .hint("Money that a run which died had set aside counts as spent: reprompt log --reconcile"),
            ModelError::Clock { .. } => Self::new(ErrorKind::Integrity, message)
                .hint("Set this machine's clock right; if it is, `reprompt log --reconcile` counts those costs in this month."),
            ModelError::Guarded { .. } => Self::new(ErrorKind::Refused, message).hint(
                "What is harmless can be named under `privacy.keep` in the config; what is not belongs in no prompt.",
            ),
            ModelError::NotStored { .. } => Self::usage(message).hint("Run it once online; replies are kept."),
            ModelError::Books(_) => Self::new(ErrorKind::Io, message).caused_by(error),
            ModelError::Deadline { .. } => Self::new(ErrorKind::TryAgain, message)
                .hint("Run the same command again: what was answered is stored and costs nothing."),
            ModelError::Interrupted { signal } => Self::new(ErrorKind::Interrupted(*signal), message)
                .hint("What was answered is stored; the same command goes on from there."),
            ModelError::Planned => Self::usage(message),
            ModelError::Tape(_) => Self::new(ErrorKind::Io, message),
            ModelError::Machinery(_) => {
                Self::usage(message).hint("Look at `proxy` in your own config, and at the key.")
            }
        }
    }
}

/// What to do about a provider that refuses or cannot be reached.
fn provider(message: String, model: &str, kind: FailureKind) -> CommandError {
    let name = model.split('/').next().unwrap_or(model);
    let (fault, hint) = match kind {
        FailureKind::Unauthorized => {
            (ErrorKind::Usage, format!("Look at the key: is it {name}'s, is it still valid, may it use this model?"))
        }
        FailureKind::UnknownModel => {
            (ErrorKind::Usage, format!("Correct `llm.model`: {name} lists its models in its documentation."))
        }
        FailureKind::WrongUrl => (
            ErrorKind::Usage,
            "Correct `llm.base_url`: it ends where the protocol's own paths begin, as in https://host/v1.".to_string(),
        ),
        FailureKind::Redirected => {
            (ErrorKind::Usage, "Write the address that it redirects to as `llm.base_url`, if you trust it.".to_string())
        }
        FailureKind::NotTheProtocol => (
            ErrorKind::Unavailable,
            "Is `llm.base_url` right? A sign-in page or a proxy answers with HTML.".to_string(),
        ),
        FailureKind::ContextTooLong => (ErrorKind::Usage, "Choose a model with a longer context.".to_string()),
        FailureKind::Rejected(_) => (ErrorKind::Usage, "Does this model support JSON-schema replies?".to_string()),
        FailureKind::SpendLimit => {
            (ErrorKind::Budget, format!("Add credit at {name}, or raise the limit of the key there."))
        }
        FailureKind::RateLimited => (
            ErrorKind::TryAgain,
            "Try again later, or with fewer calls at once: -j 2. What was answered is stored.".to_string(),
        ),
        FailureKind::Tls => (
            ErrorKind::Unavailable,
            "Its certificate is not one that this machine trusts; is a proxy in between?".to_string(),
        ),
        FailureKind::Dns => {
            (ErrorKind::Unavailable, "Is the host's name right, and does it lead to where it should?".to_string())
        }
        FailureKind::NotRecorded => (ErrorKind::Usage, "Record it again: --record DIR".to_string()),
        FailureKind::Connect => (
            ErrorKind::Unavailable,
            "Is the address right, and can this machine reach it? A proxy is used only where your own config names one."
                .to_string(),
        ),
        FailureKind::TimedOut(_) | FailureKind::Broken | FailureKind::ServerError(_) | FailureKind::TooLarge => (
            ErrorKind::Unavailable,
            "Try again later; what was answered is stored and costs nothing.".to_string(),
        ),
    };
    CommandError::new(fault, message).hint(hint)
}

/// The error for requests of a batch that failed one by one: the first says why.
pub fn failed(model: &str, failure: &crate::llm::Failure) -> CommandError {
    provider(format!("{model}: {failure}"), model, failure.kind)
}
