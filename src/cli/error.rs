//! The one error that leaves a command: what went wrong, whose fault it is, and what to try, as three fields and
//! never one sentence. Library errors keep their sources; `From` impls at the door choose the kind.

use super::exit_code::ExitCode;
use std::error::Error;
use std::fmt;
use std::io;

/// Whose fault; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line, the config or another thing the user wrote.
    Usage,
    /// A safety rule refuses.
    Refused,
    /// Damaged or foreign data, or a newer version's.
    Integrity,
    /// A cap on spending is reached.
    Budget,
    /// The agent under test or a model provider cannot be reached or run.
    Unavailable,
    /// Files and disks.
    Io,
    /// Somebody else holds the lock.
    TryAgain,
    /// Our output's reader went away; nothing is printed.
    BrokenPipe,
    /// A signal of this number asked us to end.
    Interrupted(u8),
}

impl ErrorKind {
    /// The exit code for this kind.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Usage => ExitCode::Usage,
            Self::Refused => ExitCode::Refused,
            Self::Integrity => ExitCode::Integrity,
            Self::Budget => ExitCode::Budget,
            Self::Unavailable => ExitCode::Unavailable,
            Self::Io => ExitCode::Io,
            Self::TryAgain => ExitCode::TryAgain,
            Self::BrokenPipe => ExitCode::BrokenPipe,
            Self::Interrupted(1) => ExitCode::HungUp,
            Self::Interrupted(15) => ExitCode::Terminated,
            Self::Interrupted(_) => ExitCode::Interrupted,
        }
    }

    /// The kind's name in `--json` error records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Integrity => "integrity",
            Self::Budget => "budget",
            Self::Unavailable => "unavailable",
            Self::Io => "io",
            Self::TryAgain => "try-again",
            Self::BrokenPipe => "broken-pipe",
            Self::Interrupted(_) => "interrupted",
        }
    }
}

/// A command's failure.
#[derive(Debug)]
pub struct CommandError {
    /// Whose fault.
    pub kind: ErrorKind,
    /// What was attempted, on which thing: a lower-case fragment, as in "cannot read `a.jsonl`".
    pub message: String,
    /// Why, outermost first.
    pub source: Option<Box<dyn Error + Send + Sync>>,
    /// What to try, one sentence each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error of any kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, hints: Vec::new() }
    }

    /// The user's doing.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A file or disk problem while doing `attempt` (as in "cannot read `x`").
    pub fn io(attempt: impl Into<String>, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(ErrorKind::BrokenPipe, attempt);
        }
        let full = matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let error = Self::new(ErrorKind::Io, attempt).caused_by(source);
        if full {
            error.hint("Free some space on that disk and run the same command again; nothing was lost.")
        } else {
            error
        }
    }

    /// Adds the reason.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds something to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The reasons, outermost first, each once.
    pub fn causes(&self) -> Vec<String> {
        let mut causes: Vec<String> = Vec::new();
        let mut next: Option<&(dyn Error + 'static)> = self.source.as_deref().map(|source| source as _);
        while let Some(error) = next {
            let text = error.to_string();
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            next = error.source();
        }
        causes
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for CommandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Errors while writing our own output.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::io("cannot write the output", error)
    }
}
