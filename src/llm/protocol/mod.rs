//! What providers want to read and what they answer, as values: bytes out, bytes in, nothing sent. One file per
//! protocol. Replies are read strictly: a reply that is cut, empty, of another shape, or that hides an error in a
//! success is [`Malformed`], never half of an answer. Streams are not asked for and not read.

mod chat;
pub mod embeddings;
mod error;
mod gemini;
mod messages;
mod ollama;
mod reading;
mod responses;
#[cfg(test)]
mod tests;

pub use error::{ErrorBody, read_error};
pub use reading::parse_reply;

use super::answer::Usage;
use super::name::Provider;
use super::request::Request;
use serde_json::Value;
use std::fmt;

/// A wire protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// OpenAI chat completions, and everything that speaks them.
    Chat,
    /// OpenAI responses.
    Responses,
    /// Anthropic messages.
    Messages,
    /// Gemini `generateContent`.
    Gemini,
    /// Ollama `api/chat`.
    Ollama,
}

/// A request as it is posted: path below the base URL, headers without the key, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Headers, without the key's.
    pub headers: Vec<(&'static str, String)>,
    /// JSON. The same request gives the same bytes.
    pub body: Vec<u8>,
}

impl Encoded {
    fn json(path: String, headers: Vec<(&'static str, String)>, body: &Value) -> Self {
        let mut all =
            vec![("content-type", "application/json".to_string()), ("accept", "application/json".to_string())];
        all.extend(headers);
        Self { path, headers: all, body: body.to_string().into_bytes() }
    }
}

/// The second try after a reply that does not fit: what was said, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The reply.
    pub previous: String,
    /// The validator's message.
    pub message: String,
}

impl Correction {
    /// The sentence that asks again.
    fn sentence(&self) -> String {
        format!("That reply does not fit: {}. Reply again with JSON of the required shape only.", self.message)
    }
}

/// What a provider wants besides the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Azure's `api-version`; without one its current surface is used, which needs none.
    pub api_version: Option<String>,
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The answer's text; of a tool call, its arguments.
    pub text: String,
    /// Why it ended.
    pub stop: Stop,
    /// Tokens.
    pub usage: Usage,
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It is complete.
    Done,
    /// The token limit.
    Length,
    /// The model or the provider's filter will not answer.
    Refused,
}

/// An HTTP success that is no whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or not to the end.
    NotJson,
    /// JSON of another shape; names the field.
    WrongShape(&'static str),
    /// An error object, with its code if that is a plain word.
    ErrorInside(Option<String>),
    /// The provider says that there is more to come.
    Truncated,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("the body is not JSON"),
            Self::WrongShape(field) => write!(f, "the body has no usable `{field}`"),
            Self::ErrorInside(None) => f.write_str("the body holds an error"),
            Self::ErrorInside(Some(code)) => write!(f, "the body holds an error ({code})"),
            Self::Truncated => f.write_str("the reply is not whole"),
        }
    }
}

impl Protocol {
    /// All protocols.
    pub const ALL: [Self; 5] = [Self::Chat, Self::Responses, Self::Messages, Self::Gemini, Self::Ollama];

    /// `request` for `model`, with at most `max_output` tokens of answer.
    pub fn encode(
        self,
        provider: Provider,
        model: &str,
        request: &Request,
        correction: Option<&Correction>,
        max_output: u32,
        extra: &Extra,
    ) -> Encoded {
        let question = Question { provider, model, request, correction, max_output, extra };
        match self {
            Self::Chat => chat::encode(&question),
            Self::Responses => responses::encode(&question),
            Self::Messages => messages::encode(&question),
            Self::Gemini => gemini::encode(&question),
            Self::Ollama => ollama::encode(&question),
        }
    }

    /// The reply in the body of an HTTP 200.
    pub fn decode(self, body: &[u8]) -> Result<Decoded, Malformed> {
        let value = reading::body(body)?;
        match self {
            Self::Chat => chat::decode(&value),
            Self::Responses => responses::decode(&value),
            Self::Messages => messages::decode(&value),
            Self::Gemini => gemini::decode(&value),
            Self::Ollama => ollama::decode(&value),
        }
    }
}

/// The header that carries a provider's key, and what stands before the key in it. A key is never in a URL.
pub fn key_header(provider: Provider) -> Option<(&'static str, &'static str)> {
    match provider {
        Provider::OpenAi => Some(("authorization", "Bearer ")),
        Provider::Anthropic => Some(("x-api-key", "")),
        Provider::Gemini => Some(("x-goog-api-key", "")),
        Provider::Azure => Some(("api-key", "")),
        Provider::Ollama => None,
    }
}

/// Everything that a protocol's encoder looks at.
struct Question<'a> {
    provider: Provider,
    model: &'a str,
    request: &'a Request,
    correction: Option<&'a Correction>,
    max_output: u32,
    extra: &'a Extra,
}

impl Question<'_> {
    /// Models that think before they answer take no temperature and count hidden tokens against the limit.
    fn reasons(&self) -> bool {
        let bare = self.model.rsplit('/').next().unwrap_or(self.model);
        let o_series = bare.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        o_series || bare.starts_with("gpt-5")
    }

    /// Where Azure's paths begin, and their query.
    fn azure(&self, surface: &str) -> String {
        match &self.extra.api_version {
            Some(version) => format!("/openai/deployments/{}/{surface}?api-version={version}", self.model),
            None => format!("/openai/v1/{surface}"),
        }
    }
}
