//! The agent as a server. The request is posted as it is; redirects are not followed and proxies of the environment
//! are not used, so that the question goes to the address in the config and nowhere else.

#![expect(clippy::disallowed_types, reason = "the wall that runs the agent under test owns its HTTP client")]

use super::{Limits, drive};
use crate::evaluation::agent::{Agent, AgentError, AgentFailure, Job, Work};
use crate::evaluation::reply::Reply;
use reqwest::{Client, Url, header, redirect};
use std::error::Error as _;
use tokio::time::timeout;

/// A server that answers.
#[derive(Clone, Debug)]
pub struct UrlAgent {
    client: Client,
    url: Url,
    limits: Limits,
}

/// An address that no agent may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// Not an address.
    #[error("`{0}` is not a URL")]
    NotUrl(String),
    /// Not encrypted, to another machine.
    #[error("`{0}` is not encrypted: use https, or http to this machine")]
    NotEncrypted(String),
    /// The HTTP client cannot be made.
    #[error("cannot set up HTTP: {0}")]
    Client(String),
}

impl UrlAgent {
    /// The agent at `url`: https, or http to a loopback address.
    pub fn new(url: &str, limits: Limits) -> Result<Self, UrlRefusal> {
        let parsed = Url::parse(url).map_err(|_| UrlRefusal::NotUrl(url.to_string()))?;
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback(&parsed) => {}
            "http" => return Err(UrlRefusal::NotEncrypted(url.to_string())),
            _ => return Err(UrlRefusal::NotUrl(url.to_string())),
        }
        // Whether it was installed before does not matter: the provider is the same.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .user_agent(concat!("reprompt/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| UrlRefusal::Client(error.to_string()))?;
        Ok(Self { client, url: parsed, limits })
    }

    async fn ask(self, job: Job) -> Result<Reply, AgentFailure> {
        let limits = self.limits;
        match timeout(limits.timeout, self.exchange(job)).await {
            Ok(answer) => answer,
            Err(_) => Err(AgentFailure::TimedOut { limit: limits.timeout, stderr: String::new() }),
        }
    }

    async fn exchange(self, job: Job) -> Result<Reply, AgentFailure> {
        let request = self.client.post(self.url).header(header::CONTENT_TYPE, "application/json").body(job.body);
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            answer.extend_from_slice(&chunk);
            if answer.len() > self.limits.answer {
                return Err(AgentFailure::TooLong { limit: self.limits.answer });
            }
        }
        if status.is_success() {
            Ok(Reply::parse(&answer)?)
        } else {
            let body = String::from_utf8_lossy(&answer).chars().take(400).collect();
            Err(AgentFailure::Status { status: status.as_u16(), body })
        }
    }
}

impl Agent for UrlAgent {
    fn run(&self, work: &mut dyn Work) -> Result<(), AgentError> {
        drive(work, self.limits.jobs, |job| self.clone().ask(job))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The innermost reason; addresses may hold secrets and are left out.
fn unreachable(error: reqwest::Error) -> AgentFailure {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        reason = source.to_string();
        next = source.source();
    }
    AgentFailure::Unreachable { reason }
}
