//! Everything the program takes from its surroundings, read once at the start: the only file that names the
//! environment. Each variable is listed here with its meaning.

use crate::clock::{Clock, FixedClock, SystemClock, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// All variables, for the few that the user's own file names and for the guard that keeps their values in. Never
/// printed.
#[derive(Clone, Default)]
pub struct Variables(pub BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables(…)")
    }
}

/// The surroundings of one run.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The folder the command was started in.
    pub directory: PathBuf,
    /// `REPROMPT_CACHE`: where both databases live, instead of the XDG folders.
    pub cache: Option<PathBuf>,
    /// `XDG_CACHE_HOME`, or `$HOME/.cache`.
    pub cache_home: Option<PathBuf>,
    /// `XDG_STATE_HOME`, or `$HOME/.local/state`.
    pub state_home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, or `$HOME/.config`: where the user's own file is.
    pub config_home: Option<PathBuf>,
    /// `CI` is set, or a pull request's base: base and head come from revisions, not the work tree.
    pub ci: bool,
    /// The branch a pull request goes into: the first of [`PULL_REQUEST_BASES`] that is set.
    pub pull_request_base: Option<String>,
    /// `GITHUB_EVENT_NAME`: what started this workflow.
    pub github_event: Option<String>,
    /// `REPROMPT_REDACTION_KEY`: what pseudonyms are made with, so that several machines make the same.
    pub redaction_key: Option<String>,
    /// Every variable.
    pub variables: Variables,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and not `0`.
    pub force_color: bool,
    /// `TERM` is `dumb`.
    pub dumb_terminal: bool,
    /// `COLUMNS`, or the terminal's width.
    pub columns: Option<usize>,
    /// stdout is a terminal.
    pub stdout_terminal: bool,
    /// stderr is a terminal.
    pub stderr_terminal: bool,
    /// `PATH`, handed to the agent under test.
    pub path: Option<String>,
    /// `HOME`, handed to the agent under test.
    pub home: Option<PathBuf>,
    /// This very executable: what the agent command `reprompt` means.
    pub program: Option<PathBuf>,
    /// `REPROMPT_NOW`: a fixed moment, so that a run can be repeated byte for byte.
    pub now: Option<String>,
}

/// How the services say which branch a pull request goes into: GitHub, GitLab, Jenkins, Buildkite, Azure Pipelines,
/// Bitbucket, Woodpecker.
pub const PULL_REQUEST_BASES: [&str; 7] = [
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CHANGE_TARGET",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "CI_COMMIT_TARGET_BRANCH",
];

impl Environment {
    /// Reads the process's surroundings.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = folder("HOME");
        let under_home = |rest: &str| home.as_ref().map(|home| home.join(rest));
        let base = PULL_REQUEST_BASES.into_iter().find_map(text);
        // Azure writes the whole name.
        let pull_request_base = base.map(|base| base.strip_prefix("refs/heads/").unwrap_or(&base).to_string());
        Self {
            directory: std::env::current_dir().unwrap_or_default(),
            cache: folder("REPROMPT_CACHE"),
            cache_home: folder("XDG_CACHE_HOME").or_else(|| under_home(".cache")),
            state_home: folder("XDG_STATE_HOME").or_else(|| under_home(".local/state")),
            config_home: folder("XDG_CONFIG_HOME").or_else(|| under_home(".config")),
            ci: pull_request_base.is_some() || text("CI").is_some_and(|value| value != "false" && value != "0"),
            pull_request_base,
            github_event: text("GITHUB_EVENT_NAME"),
            redaction_key: text("REPROMPT_REDACTION_KEY"),
            variables: Variables(
                std::env::vars_os()
                    .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                    .collect(),
            ),
            no_color: text("NO_COLOR").is_some(),
            force_color: text("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb_terminal: text("TERM").is_some_and(|value| value == "dumb"),
            columns: text("COLUMNS").and_then(|value| value.parse().ok()).filter(|columns| *columns >= 20),
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
            path: text("PATH"),
            home,
            program: std::env::current_exe().ok(),
            now: text("REPROMPT_NOW"),
        }
    }

    /// The clock of this run. An unreadable `REPROMPT_NOW` is `Err` with its text.
    pub fn clock(&self) -> Result<Box<dyn Clock>, String> {
        match &self.now {
            None => Ok(Box::new(SystemClock)),
            Some(text) => Timestamp::parse(text).map(|now| Box::new(FixedClock(now)) as _).ok_or_else(|| text.clone()),
        }
    }
}
