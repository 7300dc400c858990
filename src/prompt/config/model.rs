//! `engine:`, `llm:`, `embeddings:` and `privacy:`: what a repository says about models. Where keys come from, which
//! hosts may be asked and what tokens cost is the user's own file's business and cannot be said here.

use super::cursor::{Cursor, Result};
use super::error::ConfigProblem;

/// What names intents and drafts changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    #[default]
    Local,
    /// A language model.
    Llm,
}

/// Everything a repository says about models.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelConfig {
    /// `engine:`.
    pub engine: Engine,
    /// `llm:`.
    pub llm: LlmConfig,
    /// `embeddings:`.
    pub embeddings: EndpointConfig,
    /// `privacy.keep`: texts that are never taken for personal data, and `@domain` for all its addresses.
    pub keep: Vec<String>,
    /// `privacy.redact: ingest`: conversations are redacted before they are stored.
    pub redact_on_ingest: bool,
}

/// Where a model is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointConfig {
    /// `provider/model`.
    pub model: Option<String>,
    /// Another address than the provider's own.
    pub base_url: Option<String>,
    /// Azure's API version.
    pub api_version: Option<String>,
}

/// `llm:`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmConfig {
    /// Where it is asked.
    pub endpoint: EndpointConfig,
    /// Most dollars that one run may spend.
    pub max_cost_per_run: Option<f64>,
    /// Most dollars that all runs may spend in a month.
    pub max_cost_per_month: Option<f64>,
    /// `instructions.name`: the model's instructions for naming intents, as a path; ours where it is missing.
    pub name_instructions: Option<String>,
    /// `instructions.pair`, for whether two intents are one.
    pub pair_instructions: Option<String>,
    /// `instructions.split`, for whether an intent is two.
    pub split_instructions: Option<String>,
    /// `instructions.label`, for reading conversations.
    pub label_instructions: Option<String>,
    /// `instructions.draft`, for drafting.
    pub draft_instructions: Option<String>,
}

impl ModelConfig {
    /// The keys, in both configs' terms, that differ in what a pull request must not decide.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let pairs = [
            ("engine", self.engine != other.engine),
            ("llm", self.llm != other.llm),
            ("embeddings", self.embeddings != other.embeddings),
            ("privacy", (&self.keep, self.redact_on_ingest) != (&other.keep, other.redact_on_ingest)),
        ];
        pairs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
    }
}

pub(super) fn engine(value: &Cursor<'_>) -> Result<Engine> {
    match value.text()?.as_str() {
        "local" => Ok(Engine::Local),
        "llm" => Ok(Engine::Llm),
        _ => Err(value.bad("it must be `local` or `llm`")),
    }
}

pub(super) fn llm(cursor: &Cursor<'_>) -> Result<LlmConfig> {
    const KNOWN: &[&str] =
        &["provider", "model", "base_url", "api_version", "max_cost_per_run", "max_cost_per_month", "instructions"];
    let mut llm = LlmConfig { endpoint: endpoint(cursor, KNOWN, &["judge"])?, ..LlmConfig::default() };
    for (key, value) in cursor.map(KNOWN, &["judge"])? {
        match key {
            "max_cost_per_run" => llm.max_cost_per_run = Some(dollars(&value)?),
            "max_cost_per_month" => llm.max_cost_per_month = Some(dollars(&value)?),
            "instructions" => {
                for (stage, path) in value.map(&["name", "pair", "split", "label", "draft"], &[])? {
                    let path = Some(path.relative_path()?);
                    match stage {
                        "name" => llm.name_instructions = path,
                        "pair" => llm.pair_instructions = path,
                        "split" => llm.split_instructions = path,
                        "label" => llm.label_instructions = path,
                        _ => llm.draft_instructions = path,
                    }
                }
            }
            _ => {}
        }
    }
    Ok(llm)
}

pub(super) fn embeddings(cursor: &Cursor<'_>) -> Result<EndpointConfig> {
    endpoint(cursor, &["provider", "model", "base_url", "api_version"], &[])
}

fn endpoint(cursor: &Cursor<'_>, known: &'static [&'static str], later: &[&str]) -> Result<EndpointConfig> {
    let (mut provider, mut model) = (None, None);
    let mut endpoint = EndpointConfig::default();
    for (key, value) in cursor.map(known, later)? {
        match key {
            "provider" => provider = Some(value.text()?),
            "model" => model = Some((value.text()?, value)),
            "base_url" => {
                let url = value.text()?;
                if url.contains('@') || url.contains('?') || url.contains('#') {
                    return Err(bad_url(&value, "it holds credentials, a query or a fragment"));
                }
                if !url.starts_with("http://") && !url.starts_with("https://") {
                    return Err(bad_url(&value, "it must begin with http:// or https://"));
                }
                endpoint.base_url = Some(url.trim_end_matches('/').to_string());
            }
            "api_version" => endpoint.api_version = Some(value.scalar()?),
            _ => {}
        }
    }
    endpoint.model = match (provider, model) {
        (Some(provider), Some((model, _))) => Some(format!("{provider}/{model}")),
        (None, Some((model, value))) if !model.contains('/') => {
            return Err(value.bad("write it as provider/model, or name the `provider` beside it"));
        }
        (None, Some((model, _))) => Some(model),
        (Some(_), None) => return Err(cursor.missing("model")),
        (None, None) => None,
    };
    Ok(endpoint)
}

/// The address is not repeated: it may hold a key.
fn bad_url(value: &Cursor<'_>, reason: &str) -> super::ConfigError {
    value.error(ConfigProblem::BadValue { key: value.name(), value: "…".to_string(), reason: reason.to_string() })
}

fn dollars(value: &Cursor<'_>) -> Result<f64> {
    let dollars = value.number()?;
    if (0.0..=1e6).contains(&dollars) { Ok(dollars) } else { Err(value.bad("it must be dollars, from 0 to 1000000")) }
}

/// `privacy:`; `keep`, and whether conversations are redacted on ingest.
pub(super) fn privacy(cursor: &Cursor<'_>) -> Result<(Vec<String>, bool)> {
    let (mut keep, mut on_ingest) = (Vec::new(), false);
    for (key, value) in cursor.map(&["keep", "redact"], &[])? {
        match key {
            "keep" => keep = value.texts()?,
            _ => {
                on_ingest = match value.text()?.as_str() {
                    "ingest" => true,
                    "sending" => false,
                    _ => return Err(value.bad("it must be `sending` or `ingest` (then also before storing)")),
                }
            }
        }
    }
    Ok((keep, on_ingest))
}
