//! The contract with the agent under test, as the room sees it. Requests are pulled and answers pushed, so that
//! whoever runs the agent may do so many times at once while the room stays a plain value in one thread.

use super::reply::{Reply, ReplyError};
use std::path::PathBuf;
use std::time::Duration;

/// One question to the agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Comes back with the answer.
    pub id: usize,
    /// An OpenAI chat-completions body as JSON text.
    pub body: String,
    /// The folder that holds the prompt repository at the revision under test.
    pub tree: PathBuf,
}

/// A list of questions that is asked for one at a time and told every answer.
pub trait Work {
    /// The next question; `None` when no more are to be asked. Not called again after `None`.
    fn next(&mut self) -> Option<Job>;

    /// The answer to the job `id`. Called once for every job that `next` gave out, in the order of arrival.
    fn record(&mut self, id: usize, answer: Result<Reply, AgentFailure>);
}

/// Something that runs the agent.
pub trait Agent {
    /// Asks every question of `work` and returns when all answers are recorded.
    fn run(&self, work: &mut dyn Work) -> Result<(), AgentError>;
}

/// The run of an agent ended before its questions were asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// The machinery could not be set up or broke.
    #[error("cannot run agents: {0}")]
    Machinery(String),
    /// Somebody asked this program to end; whatever the agent had started has been ended first.
    #[error("interrupted by signal {signal}")]
    Interrupted {
        /// The signal's number: 1, 2 or 15.
        signal: u8,
    },
}

/// Why one question has no answer. This is a fact about a run, recorded as such, never a failed case.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AgentFailure {
    /// The program could not be started.
    #[error("the agent program `{program}` could not be started: {reason}")]
    NotStarted {
        /// argv\[0\].
        program: String,
        /// The system's reason.
        reason: String,
    },
    /// The program ended with an error.
    #[error("the agent ended with {status}{}", tail(.stderr))]
    Exited {
        /// `exit code 3`, `signal 9`.
        status: String,
        /// The last lines it wrote to its error stream: untrusted text.
        stderr: String,
    },
    /// No answer in time; whatever was started has been ended.
    #[error("no answer within {} s{}", .limit.as_secs_f64(), tail(.stderr))]
    TimedOut {
        /// The time it was given.
        limit: Duration,
        /// The last lines it wrote to its error stream: untrusted text.
        stderr: String,
    },
    /// The answer is longer than is read.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// Bytes read before giving up.
        limit: usize,
    },
    /// The connection failed.
    #[error("no connection to the agent: {reason}")]
    Unreachable {
        /// The reason, without the address.
        reason: String,
    },
    /// The server answered with a status other than 200 to 299.
    #[error("the agent's server answered with status {status}{}", tail(.body))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body: untrusted text.
        body: String,
    },
    /// The answer is none.
    #[error("the agent's answer cannot be read: {0}")]
    Unreadable(#[from] ReplyError),
}

fn tail(text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!(": {}", text.trim()) }
}
