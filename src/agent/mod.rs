//! WALL: runs the user's agent. One contract, two ways: a program that reads the request on its standard input and
//! writes the answer on its standard output ([`CommandAgent`]), or a server that the request is posted to
//! ([`UrlAgent`]). Many questions may be under way at once; time, output and environment of each are bounded. No other
//! module names processes' pipes, HTTP or the async runtime for this purpose.
//!
//! Nothing is retried: a second try would have to be given to both arms, and the schedule that knows the arms
//! decides about that. Nothing is cached.

#![expect(clippy::disallowed_types, reason = "the wall that runs the agent under test owns its runtime")]

mod command;
mod url;

pub use command::{CommandAgent, Surroundings};
pub use url::{UrlAgent, UrlRefusal};

use crate::evaluation::agent::{AgentError, AgentFailure, Job, Work};
use crate::evaluation::reply::Reply;
use crate::interruption::Watch;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// Longest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 16 << 20;

/// How much an agent may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for one answer.
    pub timeout: Duration,
    /// Questions under way at once; at least one.
    pub jobs: usize,
    /// Bytes of one answer.
    pub answer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), jobs: 4, answer: MAX_ANSWER }
    }
}

fn runtime() -> Result<Runtime, AgentError> {
    Builder::new_current_thread().enable_all().build().map_err(|error| AgentError::Machinery(error.to_string()))
}

/// Asks the questions of `work`, up to `jobs` at once, each by the future that `ask` makes of it.
fn drive<F>(work: &mut dyn Work, jobs: usize, ask: impl Fn(Job) -> F) -> Result<(), AgentError>
where
    F: Future<Output = Result<Reply, AgentFailure>> + Send + 'static,
{
    runtime()?.block_on(async {
        // Agents run in process groups of their own, which a terminal's Ctrl-C does not reach.
        let mut watch = Watch::begin();
        let mut running = JoinSet::new();
        let mut more = true;
        loop {
            while more && running.len() < jobs.max(1) {
                match work.next() {
                    Some(job) => {
                        let id = job.id;
                        let answer = ask(job);
                        running.spawn(async move { (id, answer.await) });
                    }
                    None => more = false,
                }
            }
            tokio::select! {
                // Leaving drops what is running, and with it every process that it started.
                signal = watch.signal() => return Err(AgentError::Interrupted { signal }),
                answer = running.join_next() => match answer {
                    Some(Ok((id, answer))) => work.record(id, answer),
                    Some(Err(error)) => return Err(AgentError::Machinery(error.to_string())),
                    None => return Ok(()),
                },
            }
        }
    })
}

#[cfg(test)]
mod tests;
