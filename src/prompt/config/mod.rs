//! `reprompt.yaml` as values. What each key means is in README.md. [`Config::parse`] refuses what it does not know
//! and what this version cannot do yet, with line and column; nothing that was written is ever ignored.

pub(crate) mod cursor;
mod error;
mod limits;
pub mod model;
mod read;

pub use error::{ConfigError, ConfigProblem};

/// Longest config that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// The config's file name.
pub const FILE_NAME: &str = "reprompt.yaml";

/// Heading of the section for learned rules where the config names none.
pub const LEARNED_RULES: &str = "## Learned rules";

/// The whole file, with defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Agents in file order; never empty (defaults make one named `agent`).
    pub agents: Vec<AgentConfig>,
    /// How scores and metadata become outcomes.
    pub outcome: OutcomeConfig,
    /// What no change may do.
    pub guardrails: Guardrails,
    /// Link template to the trace archive, with `{id}`.
    pub archive_link: Option<String>,
    /// Eval settings.
    pub eval: EvalConfig,
    /// Path of the flagd file, from the repository folder.
    pub flags: Option<String>,
    /// Engine, models and privacy.
    pub model: model::ModelConfig,
    /// How trace files are read and kept.
    pub ingest: IngestConfig,
}

/// How trace files are read and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestConfig {
    /// Where the fields of home-made records are: names of fields and JSON Pointers.
    pub map: Vec<(String, String)>,
    /// Days after its end for which a conversation is kept; without it, for good.
    pub keep_days: Option<u32>,
}

/// One agent: whose prompts, tools and traces.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentConfig {
    /// Its name.
    pub name: String,
    /// Whether proposals may be made.
    pub mode: Mode,
    /// Which conversations are this agent's: every pair must equal the conversation's metadata (or `agent`).
    /// Empty: all.
    pub traces: Vec<(String, String)>,
    /// Prompt files, in order of preference as levers.
    pub prompts: Vec<PromptConfig>,
    /// Globs of tool files.
    pub tools: Vec<String>,
    /// How to run the agent, if at all.
    pub run: Option<RunConfig>,
}

/// `mode:` of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reports and proposals.
    Propose,
    /// Reports only.
    Observe,
}

/// One prompt file.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptConfig {
    /// Its name, used by `rollback PROMPT`.
    pub name: String,
    /// Path from the repository folder.
    pub path: String,
    /// Headings whose sections are frozen, as written (`## Safety`).
    pub frozen: Vec<String>,
    /// Heading of the section for learned rules, as written. Default `## Learned rules`.
    pub learned_rules: String,
}

/// How the agent is run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunConfig {
    /// argv; request on stdin, answer on stdout. `reprompt` as the program is this very binary.
    Command(Vec<String>),
    /// POST to a URL.
    Url(String),
}

/// `outcome:`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OutcomeConfig {
    /// Any of these makes a success.
    pub success: Vec<OutcomeRule>,
    /// Any of these makes a failure. Failure wins when both match.
    pub failure: Vec<OutcomeRule>,
}

/// One rule of `outcome:`.
#[derive(Clone, Debug, PartialEq)]
pub enum OutcomeRule {
    /// `{ score: NAME, at_least: X }`
    ScoreAtLeast(String, f64),
    /// `{ score: NAME, below: X }`
    ScoreBelow(String, f64),
    /// `{ metadata: NAME, equals: VALUE }`
    MetadataEquals(String, String),
    /// `{ tool: NAME }`: the tool was called and did not fail.
    ToolSucceeded(String),
}

/// `guardrails:`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Guardrails {
    /// Sentences that must stay in every prompt that has them.
    pub immutable: Vec<String>,
    /// Limits of a proposal.
    pub limits: Limits,
}

/// Limits of a proposal. The config may tighten all and loosen only some.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Hunks in one proposal.
    pub hunks: usize,
    /// Changed lines: added plus removed. May be loosened.
    pub changed_lines: usize,
    /// Tokens (words and punctuation marks) added.
    pub added_tokens: usize,
    /// Tokens removed.
    pub removed_tokens: usize,
    /// Token-LCS drift of one proposal from the last human-made version, or `drift_tokens` changed tokens if more.
    pub drift_one: f64,
    /// All proposals since that version. May be loosened.
    pub drift_all: f64,
    /// All proposals in 90 days. May be loosened.
    pub drift_90_days: f64,
    /// Floor in tokens under which drift is not held against a proposal.
    pub drift_tokens: usize,
    /// Learned rules in one prompt. May be loosened.
    pub learned_rules: usize,
    /// Words in one learned rule.
    pub rule_words: usize,
    /// Days until a learned rule must be validated again. May be loosened.
    pub rule_days: i64,
    /// Open proposals for one finding.
    pub open_per_finding: usize,
    /// Open proposals in the repository. May be loosened.
    pub open_per_repository: usize,
    /// Days between merged proposals of one prompt. May be loosened.
    pub days_between: i64,
    /// Failed attempts on one finding before a person takes over.
    pub failed_attempts: usize,
    /// Conversations that must show the cause.
    pub evidence_conversations: usize,
    /// Users that must show it.
    pub evidence_users: usize,
    /// Largest share of the evidence one user may hold.
    pub evidence_user_share: f64,
    /// Run of tokens shared with trace text at which a warning is given.
    pub shared_run_warn: usize,
    /// Run of tokens shared with trace text at which the proposal is refused.
    pub shared_run_refuse: usize,
    /// Gain, as a share of cases, from which on a person must look first.
    pub large_gain: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hunks: 3,
            changed_lines: 10,
            added_tokens: 60,
            removed_tokens: 40,
            drift_one: 0.05,
            drift_all: 0.20,
            drift_90_days: 0.10,
            drift_tokens: 60,
            learned_rules: 20,
            rule_words: 40,
            rule_days: 90,
            open_per_finding: 1,
            open_per_repository: 3,
            days_between: 7,
            failed_attempts: 3,
            evidence_conversations: 3,
            evidence_users: 3,
            evidence_user_share: 0.30,
            shared_run_warn: 6,
            shared_run_refuse: 8,
            large_gain: 0.40,
        }
    }
}

/// `eval:`.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalConfig {
    /// Globs of suites.
    pub suites: Vec<String>,
    /// Samples of each case per arm.
    pub repeat: u32,
    /// Significance level of the gate.
    pub alpha: f64,
    /// Non-inferiority margin, as a share of cases.
    pub margin: f64,
    /// Whether an inconclusive verdict fails the gate.
    pub inconclusive_fails: bool,
}

impl Default for EvalConfig {
    fn default() -> Self {
        Self { suites: Vec::new(), repeat: 2, alpha: 0.05, margin: 0.05, inconclusive_fails: false }
    }
}
