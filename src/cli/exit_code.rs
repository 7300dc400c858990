//! What the process's exit code says. Scripts depend on these numbers: they are documented in README.md and are
//! only ever added to.

use std::process::Termination;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// The check says no: a regression, or a broken guardrail.
    CheckFailed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Finished, but some input was set aside (`--strict` only).
    SetAside = 3,
    /// Integrity or version mismatch: damaged cache, newer schema, invalid evaluation.
    Integrity = 4,
    /// Refused by a safety rule.
    Refused = 5,
    /// A budget is spent.
    Budget = 6,
    /// The provider or the agent is unavailable.
    Unavailable = 69,
    /// Disk or file error.
    Io = 74,
    /// Try again later: another run holds the lock, a rate limit did not lift, the deadline passed.
    TryAgain = 75,
    /// Ended by SIGHUP.
    HungUp = 129,
    /// Ended by SIGINT: Ctrl-C.
    Interrupted = 130,
    /// The reader of our output went away, as after SIGPIPE.
    BrokenPipe = 141,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl ExitCode {
    /// All codes, for documentation and tests.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Done, "done"),
        (Self::CheckFailed, "the check says no (regression, guardrail broken), or nothing was found"),
        (Self::Usage, "usage or config"),
        (Self::SetAside, "finished, but some input was set aside (--strict only)"),
        (Self::Integrity, "integrity or version mismatch"),
        (Self::Refused, "refused by a safety rule"),
        (Self::Budget, "a budget is spent"),
        (Self::Unavailable, "provider or agent unavailable"),
        (Self::Io, "disk or file error"),
        (Self::TryAgain, "try again later (lock, rate limit, deadline)"),
        (Self::HungUp, "ended by SIGHUP"),
        (Self::Interrupted, "ended by SIGINT (Ctrl-C)"),
        (Self::BrokenPipe, "output closed by its reader"),
        (Self::Terminated, "ended by SIGTERM"),
    ];

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl Termination for ExitCode {
    fn report(self) -> std::process::ExitCode {
        std::process::ExitCode::from(self.code())
    }
}
