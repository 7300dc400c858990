//! LEAF: what no change may do. [`check`] compares the listed files at two revisions and names what breaks a rule;
//! [`taint`] holds what a proposal adds against the conversations that it was made from.
//!
//! The base decides: its config says what is frozen, immutable and limited, so that a change cannot loosen its own
//! rules. People's edits are held to the rules of text, config and suites; the size of a change, its words and its
//! shapes are judged for proposals only. What is right or wrong in a prompt is not judged here, nor whether a
//! sentence became weaker in meaning: these are bytes, counts and patterns.

mod frozen;
pub mod hidden;
mod immutable;
pub mod limit;
pub mod lines;
mod policy;
pub mod shape;
mod suite;
pub mod taint;
pub mod token;
mod tool;

use crate::prompt::config::{Config, PromptConfig};
use crate::prompt::{PromptError, PromptErrorKind, PromptFile, ToolFile};
use std::collections::BTreeMap;
use std::fmt;

/// The listed files at one revision, by path from the repository folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Content of `reprompt.yaml`; `None` where there is none.
    pub config: Option<Vec<u8>>,
    /// Prompt files: those that this revision's config lists and those that the base's does.
    pub prompts: BTreeMap<String, Vec<u8>>,
    /// Tool files, likewise.
    pub tools: BTreeMap<String, Vec<u8>>,
    /// Eval suites, likewise.
    pub suites: BTreeMap<String, Vec<u8>>,
}

impl Snapshot {
    /// All text of prompts and tools: the words and names that are known.
    pub fn repository_text(&self) -> String {
        let texts = self.prompts.values().chain(self.tools.values()).map(|bytes| String::from_utf8_lossy(bytes));
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// Who made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A person.
    Human,
    /// This program.
    Proposal,
}

/// How bad a violation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The check fails, unless a maintainer allows the rule by name.
    Refuse,
    /// Somebody should look.
    Warn,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// The rules, by names that never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Rule {
            /// All rules with their names.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$variant, $name)),*];
        }
    };
}

rules! {
    /// Frozen text changed, moved, or is no longer frozen.
    Frozen = "frozen",
    /// An immutable sentence is gone.
    Immutable = "immutable",
    /// A listed file is missing or cannot be read.
    Unreadable = "unreadable",
    /// Added text holds characters that a reader does not see, or that look like others.
    HiddenCharacters = "hidden-characters",
    /// The new config is not valid.
    ConfigInvalid = "config-invalid",
    /// The new config guards less.
    ConfigWeakened = "config-weakened",
    /// The new config changes something else that is worth a look.
    ConfigChanged = "config-changed",
    /// The new config runs another program or address as the agent.
    RunCommand = "run-command",
    /// The new config defines success and failure otherwise.
    Outcome = "outcome",
    /// A suite is gone.
    SuiteRemoved = "suite-removed",
    /// An eval case is gone.
    CaseRemoved = "case-removed",
    /// An eval case asks for something else.
    CaseChanged = "case-changed",
    /// A proposal changes names, types or accepted values of tools.
    ToolContract = "tool-contract",
    /// A proposal changes too many places.
    Hunks = "hunks",
    /// A proposal changes too many lines.
    ChangedLines = "changed-lines",
    /// A proposal adds too much.
    AddedTokens = "added-tokens",
    /// A proposal removes too much.
    RemovedTokens = "removed-tokens",
    /// A proposal leads too far from a prompt that people wrote.
    Drift = "drift",
    /// There would be too many learned rules.
    LearnedRules = "learned-rules",
    /// A learned rule is too long.
    RuleWords = "rule-words",
    /// A proposal drops or rewrites an earlier learned rule.
    RuleLost = "rule-lost",
    /// Added text has the shape of an address, an amount, code or a name that the repository does not know.
    Shape = "shape",
    /// Added text gives orders about orders.
    Directive = "directive",
    /// Added text shares a run of words with a conversation.
    SharedRun = "shared-run",
    /// Added text holds a word that is rare in conversations and unknown to the repository.
    RareWord = "rare-word",
}

impl Rule {
    /// The rule's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(rule, _)| *rule == self).map_or("", |(_, name)| name)
    }

    /// The rule called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(rule, _)| *rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One broken rule at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Whether it fails the check.
    pub severity: Severity,
    /// The file.
    pub path: String,
    /// The line in the head's file, or in the base's where the text is gone; `None` for a file as a whole.
    pub line: Option<usize>,
    /// The rule.
    pub rule: Rule,
    /// What is wrong. May hold text of the repository, never of a conversation.
    pub explanation: String,
    /// What to do.
    pub advice: String,
}

impl Violation {
    fn new(rule: Rule, path: &str, explanation: impl Into<String>, advice: impl Into<String>) -> Self {
        let (explanation, advice) = (explanation.into(), advice.into());
        Self { severity: Severity::Refuse, path: path.to_string(), line: None, rule, explanation, advice }
    }

    fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    fn into_warning(mut self) -> Self {
        self.severity = Severity::Warn;
        self
    }
}

/// What the change from `base` to `head` breaks: refusals first, then by path and line.
pub fn check(base: &Snapshot, head: &Snapshot, kind: ChangeKind) -> Vec<Violation> {
    let Comparison { config, changes, mut found, .. } = Comparison::of(base, head, kind);
    for change in &changes {
        found.extend(hidden::find(&change.path, &change.before, &change.after));
    }
    if kind == ChangeKind::Proposal {
        limit::sizes(&changes, &config.guardrails.limits, &mut found);
        let repository = base.repository_text();
        for added in changes.iter().flat_map(Change::added) {
            found.extend(shape::find(&added, &repository));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What a change adds to prompts and tools, for [`taint`].
pub fn added(base: &Snapshot, head: &Snapshot) -> Vec<lines::Added> {
    Comparison::of(base, head, ChangeKind::Proposal).changes.iter().flat_map(Change::added).collect()
}

/// A listed file before and after, as the text that the agent gets (prompts) or the file holds (tools).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Path in the head.
    pub path: String,
    /// The text before; empty for a new file.
    pub before: String,
    /// The text after; empty for a removed one.
    pub after: String,
    /// Whether the file is a prompt (else a tool file).
    pub prompt: bool,
}

impl Change {
    fn added(&self) -> Vec<lines::Added> {
        lines::added(&self.path, &self.before, &self.after)
    }
}

/// Two revisions, file by file.
struct Comparison<'a> {
    base: &'a Snapshot,
    head: &'a Snapshot,
    kind: ChangeKind,
    /// The config that decides.
    config: Config,
    /// The config that would come.
    new_config: Config,
    found: Vec<Violation>,
    /// Files whose text differs.
    changes: Vec<Change>,
}

impl<'a> Comparison<'a> {
    fn of(base: &'a Snapshot, head: &'a Snapshot, kind: ChangeKind) -> Self {
        let mut found = Vec::new();
        let new_config = policy::config(head, &mut found);
        // Nothing can be compared with a base that does not say what it guards; the change may be its repair.
        let config = policy::config(base, &mut Vec::new());
        let config = config.or_else(|| new_config.clone()).unwrap_or_else(Config::defaults);
        if let Some(new) = &new_config {
            policy::compare(&config, new, base, head, kind, &mut found);
        }
        let new_config = new_config.unwrap_or_else(|| config.clone());
        let mut comparison = Self { base, head, kind, config, new_config, found, changes: Vec::new() };
        for (_, prompt) in comparison.config.clone().prompts() {
            comparison.prompt(prompt);
        }
        for (_, prompt) in comparison.new_config.clone().prompts() {
            comparison.new_prompt(prompt);
        }
        tool::compare(base, head, kind, &mut comparison.found, &mut comparison.changes);
        suite::compare(base, head, kind, &mut comparison.found);
        comparison.changes.retain(|change| change.before != change.after);
        comparison
    }

    /// A prompt that the base lists.
    fn prompt(&mut self, prompt: &PromptConfig) {
        let Some(old) = self.base.prompts.get(&prompt.path) else { return };
        // A base that is broken already guards nothing; the change may be its repair.
        let Ok(before) = PromptFile::parse(&prompt.path, old, prompt) else { return };
        let path = policy::path_in_head(prompt, &self.new_config, self.head);
        let Some(new) = self.head.prompts.get(&path) else {
            if !before.frozen.is_empty() || immutable::holds_any(before.system_text(), &self.config) {
                let explanation = "the prompt is gone, and with it frozen or immutable text";
                let advice = "Keep the file, or let a maintainer allow its removal.";
                self.found.push(Violation::new(Rule::Frozen, &path, explanation, advice));
            }
            return;
        };
        if new == old && path == prompt.path {
            return;
        }
        let after = match PromptFile::parse(&path, new, prompt) {
            Ok(after) => after,
            Err(error) => return self.found.push(unreadable(&path, &error)),
        };
        frozen::compare(&before, &after, &mut self.found);
        immutable::compare(&before, &after, &self.config, &mut self.found);
        if self.kind == ChangeKind::Proposal {
            limit::learned_rules(&before, &after, &self.config.guardrails.limits, &mut self.found);
        }
        let (before, after) = (before.system_text().to_string(), after.system_text().to_string());
        self.changes.push(Change { path, before, after, prompt: true });
    }

    /// A prompt that the head lists: it must be there, and readable under the head's own rules.
    fn new_prompt(&mut self, prompt: &PromptConfig) {
        let known = self.config.prompts().any(|(_, other)| other == prompt);
        let old = self.base.prompts.get(&prompt.path);
        let Some(new) = self.head.prompts.get(&prompt.path) else {
            // Listed and not there in the base either: not this change's doing.
            if !known || old.is_some() {
                let explanation = "the config lists this file, and it is missing";
                let advice = "Add the file, or take it off the config.";
                self.found.push(Violation::new(Rule::Unreadable, &prompt.path, explanation, advice));
            }
            return;
        };
        if known && old == Some(new) {
            return;
        }
        match PromptFile::parse(&prompt.path, new, prompt) {
            // The comparison with the base may have said so already; equal violations are merged.
            Err(error) => self.found.push(unreadable(&prompt.path, &error)),
            Ok(file) if old.is_none() && !self.changes.iter().any(|change| change.path == prompt.path) => {
                let after = file.system_text().to_string();
                self.changes.push(Change { path: prompt.path.clone(), before: String::new(), after, prompt: true });
            }
            Ok(_) => {}
        }
    }
}

/// A file that cannot be read: because frozen text is not where it must be, or for any other reason.
fn unreadable(path: &str, error: &PromptError) -> Violation {
    use PromptErrorKind::{NestedMarker, StrayMarker, UnclosedMarker, UnknownHeading};
    let frozen = matches!(*error.kind, UnknownHeading { .. } | NestedMarker(_) | StrayMarker(_) | UnclosedMarker(_));
    let (rule, advice) = if frozen {
        (Rule::Frozen, "Put the frozen part back as it was.")
    } else {
        (Rule::Unreadable, "Repair the file.")
    };
    let violation = Violation::new(rule, path, format!("the file {}", error.kind), advice);
    match error.position {
        Some(position) => violation.at_line(position.line),
        None => violation,
    }
}

/// A tool file that cannot be read.
fn unreadable_tool(path: &str, bytes: &[u8]) -> Result<ToolFile, Violation> {
    ToolFile::parse(path, bytes).map_err(|error| unreadable(path, &error))
}

#[cfg(test)]
mod tests;
